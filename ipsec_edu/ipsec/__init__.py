"""The data plane: policy, security associations, ESP and AH."""
