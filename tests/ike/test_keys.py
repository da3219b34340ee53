"""Key derivation against published values, and against what a real daemon logged."""

import pytest

from ipsec_edu.ike import keys
from ipsec_edu.ike.crypto import GROUP_BYTES, Crypto, ModelCrypto, RealCrypto, crypto_for, modp_prime
from ipsec_edu.ike.keying import child_keys
from ipsec_edu.ike.messages import find
from ipsec_edu.wire.isakmp import Hash, Identification, KeyExchange, Nonce, SecurityAssociation
from tests.ike import captures
from tests.ike.dissect import dissect

h = bytes.fromhex

# NIST CAVP, IKEv1 with a pre-shared key, SHA-1 (the key is the single byte 0x75)
NI, NR = h("b9a2d0e922dc66dd"), h("2130166863b5ddef")
COOKIES = h("83d374c30b3b5082") + h("5afc0da06c728029")
SHARED = h("739003ba2c11c982946c65e26acf661fbf8ebb78011a9fead79efa12fe3e71cc")
SKEYID = h("62b04d112877e442fc3282fc37c076997718a0b9")


def published(key_bytes=16, cipher="aes"):
    return keys.phase1_keys("sha1", cipher, key_bytes, SKEYID, SHARED, COOKIES)


def test_skeyid_and_its_children_are_the_published_ones():
    assert keys.skeyid_psk("sha1", h("75"), NI, NR) == SKEYID
    derived = published()
    assert derived.skeyid_d == h("369e5aad1bdb5faf6a3d929d500cdc236710a9ab")
    assert derived.skeyid_a == h("588e957d8d790d093b3a39f121473473af78e9bb")
    assert derived.skeyid_e == h("cd74b0c048219db81384d3fda8f6cda51e398a2b")
    assert keys.skeyid_psk("sha1", h("76"), NI, NR) != SKEYID


def test_cipher_key_is_cut_or_stretched():
    assert published().cipher_key == h("cd74b0c048219db81384d3fda8f6cda5")
    long = h("9ce3201d5c6cf897a6cba863e68c634d8d63805d1f20e30bf6884e2a4ee9fc8a")
    assert published(32).cipher_key == long
    assert published(24, "3des").cipher_key == long[:24]


def test_keymat_is_the_known_one_and_differs_by_direction():
    material = keys.keymat(published(), 3, h("0a0b0c0d"), NI, NR, 36)
    assert material == h("e25dc6c072515156ef8d908f52681e4c9efd95ee39ca95cf2ebd7f704665e9ecc22ae168")
    assert keys.keymat(published(), 3, h("0a0b0c0e"), NI, NR, 36) != material
    assert keys.keymat(published(), 3, h("0a0b0c0d"), NI, NR, 36, shared=SHARED) != material


@pytest.mark.parametrize("group", sorted(GROUP_BYTES))
def test_primes_follow_their_formula(group):
    prime = modp_prime(group)
    assert prime.bit_length() == GROUP_BYTES[group] * 8
    assert pow(3, prime - 1, prime) == 1 and pow(3, prime - 3, prime) != 1
    assert prime % 2**64 == prime >> (prime.bit_length() - 64) == 2**64 - 1


@pytest.mark.parametrize("group", sorted(GROUP_BYTES))
@pytest.mark.parametrize("crypto", [RealCrypto(), ModelCrypto()], ids=["real", "model"])
def test_both_ends_agree_on_a_secret_of_the_group_size(crypto, group):
    a, b, c = b"\x91" * 32, b"\xa2" * 32, b"\xb3" * 32
    public_a, public_b = crypto.dh_public(group, a), crypto.dh_public(group, b)
    shared = crypto.dh_shared(group, a, public_b)
    assert shared == crypto.dh_shared(group, b, public_a)
    assert len(shared) == len(public_a) == GROUP_BYTES[group]
    assert shared != crypto.dh_shared(group, c, public_b)
    assert crypto.acceptable(group, public_a)


def test_real_diffie_hellman_is_plain_arithmetic():
    private = b"\x91" * 32
    expected = pow(2, int.from_bytes(private, "big"), modp_prime(14))
    assert int.from_bytes(RealCrypto().dh_public(14, private), "big") == expected


@pytest.mark.parametrize("value", [0, 1])
def test_degenerate_public_values_are_refused(value):
    assert not Crypto.acceptable(5, value.to_bytes(192, "big"))
    assert not Crypto.acceptable(5, (modp_prime(5) - 1).to_bytes(192, "big"))
    assert not Crypto.acceptable(5, b"\x02" * 128)
    assert Crypto.acceptable(5, (2).to_bytes(192, "big"))


@pytest.mark.parametrize(
    "cipher,key",
    [("aes", b"k" * 16), ("aes", b"k" * 32), ("3des", b"abcdefgh12345678ABCDEFGH"), ("des", b"k" * 8)],
)
@pytest.mark.parametrize("fidelity", ["bytes", "model"])
def test_ciphers_undo_themselves_and_only_with_the_right_key(fidelity, cipher, key):
    crypto = crypto_for(fidelity)
    iv, data = bytes(16 if cipher == "aes" else 8), b"0123456789abcdef" * 3
    sealed = crypto.encrypt(cipher, key, iv, data)
    assert len(sealed) == len(data) and sealed != data
    assert crypto.decrypt(cipher, key, iv, sealed) == data
    assert crypto.decrypt(cipher, bytes(len(key)), iv, sealed) != data


@pytest.mark.parametrize("name", ["s1-ok1-1", "s1-ok2-1", "s1-pfs-1", "s1-aggressive-1"])
def test_the_derivation_that_a_daemon_logged(name):
    logged = captures.vectors(name)
    exchange = dissect(name)
    psk = b"oracle"
    skeyid = keys.skeyid_psk(exchange.hash, psk, exchange.nonce_i, exchange.nonce_r)
    assert skeyid == h(logged["SKEYID"])
    shared = h(logged["shared Diffie Hellman secret"])
    cookies = h(logged["icookie"]) + h(logged["rcookie"])
    derived = keys.phase1_keys(exchange.hash, "aes", exchange.key_bytes, skeyid, shared, cookies)
    assert derived.skeyid_d == h(logged["SKEYID_d"])
    assert derived.skeyid_a == h(logged["SKEYID_a"])
    assert derived.skeyid_e == h(logged["SKEYID_e"])
    assert derived.cipher_key == h(logged["encryption key Ka"]) == captures.cipher_key(name)
    gxi, gxr = exchange.public_i, exchange.public_r
    assert keys.phase1_iv(derived, gxi, gxr) == h(logged["initial IV"])
    proof_i = keys.hash_i(derived, gxi, gxr, cookies[:8], cookies[8:], exchange.sai_body, exchange.id_i)
    proof_r = keys.hash_r(derived, gxi, gxr, cookies[:8], cookies[8:], exchange.sai_body, exchange.id_r)
    assert proof_i == h(logged["HASH_I"]) and proof_r == h(logged["HASH_R"])
    assert proof_i != proof_r


@pytest.mark.parametrize("name", ["s1-ok1-1", "s1-ok2-1", "s1-aggressive-1"])
def test_the_esp_keys_that_a_daemon_logged(name):
    logged = captures.vectors(name)
    exchange = dissect(name)
    derived = keys.Phase1Keys(exchange.hash, b"", h(logged["SKEYID_d"]), b"", b"", "aes", b"")
    lengths = exchange.key_bytes, 20 if exchange.hash == "sha1" else 32
    esp = dict(logged["esp"])
    towards_responder = child_keys(derived, 3, exchange.spi_r, exchange.qm_nonces, lengths, b"")
    towards_initiator = child_keys(derived, 3, exchange.spi_i, exchange.qm_nonces, lengths, b"")
    assert towards_responder[0] == h(esp["encryption initiator key"])
    assert towards_responder[1] == h(esp["integrity initiator key"])
    assert towards_initiator[0] == h(esp["encryption responder key"])
    assert towards_initiator[1] == h(esp["integrity responder key"])


@pytest.mark.parametrize("name", [n for n in captures.NAMES if captures.cipher_key(n)])
def test_every_captured_message_decrypts_and_parses(name):
    exchange = dissect(name)
    sealed = sum(1 for datagram in captures.read(name) if datagram.data[19] & 1)
    # With different pre-shared keys there are two secrets, and the table has the responder's: its
    # complaints open, the six copies of the initiator's message 5 do not.
    foreign = 6 if name == "s1-psk-1" else 0
    assert len(exchange.opened) == sealed - foreign
    for message in exchange.opened:
        assert message.payloads and all(byte == 0 for byte in message.plain[message.end :])
        assert find(message.payloads, Hash) is not None


def test_a_wrong_key_opens_nothing():
    assert dissect("s1-ok1-1").opened
    assert not dissect("s1-ok1-1", key=bytes(32)).opened


def test_dissection_finds_the_payloads_of_each_message():
    exchange = dissect("s1-pfs-1")
    quick = [m for m in exchange.opened if m.header.exchange == 32]
    assert [type(p) for p in quick[0].payloads] == [
        Hash, SecurityAssociation, Nonce, KeyExchange, Identification, Identification,
    ]  # fmt: skip
