"""Floor 1: IKEv1 as a protocol core, fed with bytes and times, answering with events."""
