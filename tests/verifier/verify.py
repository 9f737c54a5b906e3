#!/usr/bin/env python3
"""Verifies what an HQ OS ledger says of itself, independently of how it is built.

Written from the texts alone: RFC 6962 section 2.1 (the tree and its proofs, by their recursive
definitions), RFC 8032 section 5.1 (Ed25519), C2SP signed-note, tlog-checkpoint and tlog-cosignature.
It needs Python 3.8 and nothing else.

    verify.py DOCUMENT.json...   one line each: "valid", or "refused: why"; exit code 0 if all are
                                 valid, 1 if not, 2 if a file cannot be read
    verify.py --self-test        the test vectors of the RFCs

A document is an object with these members; hashes and the record are in base64:

    log_key            the log's verifier key, "name+hex8+base64"
    witness_keys       verifier keys of witnesses; each must have cosigned `checkpoint`
    checkpoint         a signed note
    record             the bytes of a record     } one of these three is there if all are
    index              its place, from 0         }
    inclusion_proof    list of hashes            }
    first_checkpoint   an older signed note      } these two likewise
    consistency_proof  list of hashes            }
"""

import base64
import binascii
import hashlib
import json
import re
import sys

HASH_BYTES = 32
SIZE_MAX = 2**63 - 1
ED25519, COSIGNATURE_V1 = 0x01, 0x04


class Refused(Exception):
    """Carries the reason."""


def demand(condition, why):
    if not condition:
        raise Refused(why)


# ── RFC 6962 section 2.1 ─────────────────────────────────────────────────────────────────────────


def sha256(data):
    return hashlib.sha256(data).digest()


def leaf_hash(record):
    return sha256(b"\x00" + record)


def node_hash(left, right):
    return sha256(b"\x01" + left + right)


def cut_of(count):
    """The largest power of two smaller than count."""
    return 1 << ((count - 1).bit_length() - 1)


def tree_root(records):
    """MTH(D[n]), for the self-test."""
    if not records:
        return sha256(b"")
    if len(records) == 1:
        return leaf_hash(records[0])
    k = cut_of(len(records))
    return node_hash(tree_root(records[:k]), tree_root(records[k:]))


def root_by_path(leaf, m, n, path):
    """The root of n leaves of which number m is `leaf` and PATH(m, D[n]) is `path`."""
    if n == 1:
        demand(not path, "the inclusion proof is too long")
        return leaf
    demand(path, "the inclusion proof is too short")
    k = cut_of(n)
    if m < k:
        return node_hash(root_by_path(leaf, m, k, path[:-1]), path[-1])
    return node_hash(path[-1], root_by_path(leaf, m - k, n - k, path[:-1]))


def roots_by_subproof(m, n, proof, first_root):
    """The roots of the first m and of all n leaves, by SUBPROOF(m, D[n], b).

    first_root is what stands for the m leaves while b is true; None once it is false.
    """
    if m == n:
        if first_root is not None:
            demand(not proof, "the consistency proof is too long")
            return first_root, first_root
        demand(len(proof) == 1, "the consistency proof is of the wrong length")
        return proof[0], proof[0]
    demand(proof, "the consistency proof is too short")
    k = cut_of(n)
    if m <= k:
        first, second = roots_by_subproof(m, k, proof[:-1], first_root)
        return first, node_hash(second, proof[-1])
    first, second = roots_by_subproof(m - k, n - k, proof[:-1], None)
    return node_hash(proof[-1], first), node_hash(proof[-1], second)


def check_inclusion(leaf, index, size, root, path):
    demand(0 <= index < size, "the record lies outside of the tree")
    demand(root_by_path(leaf, index, size, path) == root, "the inclusion proof leads to another root")


def check_consistency(first, second, proof):
    first_size, first_root = first
    second_size, second_root = second
    demand(first_size <= second_size, "the first tree is the larger")
    if first_size == 0:  # Every tree begins with the empty one.
        demand(not proof, "the consistency proof is too long")
        return
    roots = roots_by_subproof(first_size, second_size, proof, first_root)
    demand(roots[0] == first_root, "the consistency proof leads to another first root")
    demand(roots[1] == second_root, "the consistency proof leads to another second root")


# ── RFC 8032 section 5.1: points are (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z ──────────────────

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def recover_x(y, sign):
    """Section 5.1.3, steps 2 to 4; None if there is no such point."""
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if v * x * x % P == -u % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if v * x * x % P != u or (x == 0 and sign == 1):
        return None
    return P - x if x % 2 != sign else x


def decode_point(encoded):
    number = int.from_bytes(encoded, "little")
    y, sign = number % 2**255, number >> 255
    x = recover_x(y, sign) if y < P else None
    return None if x is None else (x, y, 1, x * y % P)


def encode_point(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def add(p, q):
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(scalar, point):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = recover_x(BASE_Y, 0)
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def verifies_ed25519(public_key, message, signature):
    """Section 5.1.7, without the cofactor: R must be [S]B - [k]A."""
    a = decode_point(public_key)
    s = int.from_bytes(signature[32:], "little")
    if a is None or len(signature) != 64 or s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public_key + message).digest(), "little") % L
    minus_a = (P - a[0], a[1], 1, P - a[3])
    return encode_point(add(multiply(s, BASE), multiply(k, minus_a))) == signature[:32]


# ── C2SP signed-note, tlog-checkpoint, tlog-cosignature ───────────────────────────────────────────


def decode_base64(text, what):
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error, AttributeError) as error:
        raise Refused(what + " is not base64") from error
    demand(base64.b64encode(data).decode() == text, what + " is not written as base64 is")
    return data


def demand_name(name):
    bad = any(c == "+" or c.isspace() or ord(c) < 0x20 for c in name)
    demand(name and not bad, "that is no key's name")


def parse_key(text, wanted_type):
    parts = text.split("+", 2)
    demand(len(parts) == 3, "a verifier key has three parts")
    name, key_id = parts[0], parts[1]
    demand_name(name)
    typed_key = decode_base64(parts[2], "a verifier key")
    demand(len(typed_key) == 33, "a verifier key has 33 bytes")
    demand(typed_key[0] == wanted_type, "a verifier key is of another type")
    expected = sha256(name.encode() + b"\n" + typed_key)[:4]
    demand(expected.hex() == key_id, "a verifier key's id is not that of the key")
    return name, expected, typed_key[1:]


def parse_note(note):
    """The text, and a dict from (name, key id) to the signature."""
    demand(all(c == "\n" or ord(c) >= 0x20 for c in note), "the note has control characters")
    end = note.rfind("\n\n")
    demand(end >= 0, "no empty line ends the note's text")
    text, rest = note[: end + 1], note[end + 2 :]
    demand(rest.endswith("\n"), "the note's last line does not end")
    signatures = {}
    for line in rest[:-1].split("\n"):
        parts = line.split(" ")
        demand(len(parts) == 3 and parts[0] == "\u2014", "a signature line is malformed")
        demand_name(parts[1])
        data = decode_base64(parts[2], "a signature")
        demand(len(data) > 4, "a signature is too short")
        demand((parts[1], data[:4]) not in signatures, "a key signed the note twice")
        signatures[parts[1], data[:4]] = data[4:]
    return text, signatures


def parse_checkpoint(text):
    """The origin, and (size, root)."""
    lines = text.split("\n")
    demand(len(lines) >= 4 and lines[-1] == "" and all(lines[:-1]), "a checkpoint has three lines")
    origin, size, root = lines[0], lines[1], decode_base64(lines[2], "the root")
    demand(re.fullmatch("0|[1-9][0-9]{0,18}", size), "the size is no number")
    demand(int(size) <= SIZE_MAX, "the size is too large")
    demand(len(root) == HASH_BYTES, "the root is no hash")
    demand(int(size) > 0 or root == sha256(b""), "an empty tree has one root")
    return origin, (int(size), root)


def open_checkpoint(note, log_key, witness_keys=()):
    """(size, root) of a checkpoint that the log signed and all witnesses cosigned."""
    text, signatures = parse_note(note)
    name, key_id, key = log_key
    demand((name, key_id) in signatures, "the log did not sign the checkpoint")
    signature = signatures[name, key_id]
    demand(verifies_ed25519(key, text.encode(), signature), "the log's signature does not hold")
    for name, key_id, key in witness_keys:
        demand((name, key_id) in signatures, name + " did not cosign the checkpoint")
        signature = signatures[name, key_id]
        demand(len(signature) == 72, name + "'s cosignature is of the wrong length")
        time = int.from_bytes(signature[:8], "big")
        demand(time <= SIZE_MAX, name + "'s cosignature has no time")
        message = "cosignature/v1\ntime %d\n%s" % (time, text)
        holds = verifies_ed25519(key, message.encode(), signature[8:])
        demand(holds, name + "'s cosignature does not hold")
    origin, head = parse_checkpoint(text)
    demand(origin == log_key[0], "the checkpoint is of another log")
    return head


# ── documents ────────────────────────────────────────────────────────────────────────────────────

STRINGS = {"log_key", "checkpoint", "record", "first_checkpoint"}
LISTS = {"witness_keys", "inclusion_proof", "consistency_proof"}


def check_shape(document):
    demand(isinstance(document, dict), "the document is no object")
    demand(set(document) <= STRINGS | LISTS | {"index"}, "the document has unknown members")
    for name in STRINGS & set(document):
        demand(isinstance(document[name], str), name + " is no text")
    for name in LISTS & set(document):
        is_list = isinstance(document[name], list)
        demand(is_list and all(isinstance(item, str) for item in document[name]), name + " is no list of texts")
    demand({"log_key", "witness_keys", "checkpoint"} <= set(document), "the document is incomplete")
    for together in ({"record", "index", "inclusion_proof"}, {"first_checkpoint", "consistency_proof"}):
        demand(together & set(document) in (set(), together), "the document is incomplete")
    demand(type(document.get("index", 0)) is int, "index is no number")


def hashes(proof):
    decoded = [decode_base64(item, "a hash") for item in proof]
    demand(all(len(item) == HASH_BYTES for item in decoded), "a hash is of the wrong length")
    return decoded


def verify(document):
    """Returns if all that the document says is so; Refused if not."""
    check_shape(document)
    log_key = parse_key(document["log_key"], ED25519)
    witnesses = [parse_key(key, COSIGNATURE_V1) for key in document["witness_keys"]]
    head = open_checkpoint(document["checkpoint"], log_key, witnesses)
    if "record" in document:
        leaf = leaf_hash(decode_base64(document["record"], "the record"))
        check_inclusion(leaf, document["index"], head[0], head[1], hashes(document["inclusion_proof"]))
    if "first_checkpoint" in document:
        first = open_checkpoint(document["first_checkpoint"], log_key)
        check_consistency(first, head, hashes(document["consistency_proof"]))


def refusal_of(path):
    with open(path, encoding="utf-8", newline="") as file:
        text = file.read()
    try:
        verify(json.loads(text))
    except ValueError:
        return "the document is not JSON"
    except Refused as refused:
        return str(refused)
    return None


# ── test vectors ─────────────────────────────────────────────────────────────────────────────────

# RFC 8032 section 7.1: public key, message, signature.
ED25519_VECTORS = [
    ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
     "d25bf5f0595bbe24655141438e7a100b"),
    ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
     "387b2eaeb4302aeeb00d291612bb0c00"),
    ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
     "4a7c15e9716ed28dc027beceea1ec40a"),
]

# The eight leaves of the certificate transparency tests, and the root of all of them.
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOT_OF_LEAVES = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def self_test():
    for public_key, message, signature in ED25519_VECTORS:
        key, text, good = bytes.fromhex(public_key), bytes.fromhex(message), bytes.fromhex(signature)
        demand(verifies_ed25519(key, text, good), "an RFC 8032 signature does not verify")
        demand(not verifies_ed25519(key, text + b"x", good), "a signature verifies another message")
        beyond = good[:32] + (int.from_bytes(good[32:], "little") + L).to_bytes(32, "little")
        demand(not verifies_ed25519(key, text, beyond), "a signature has two forms")
    records = [bytes.fromhex(leaf) for leaf in LEAVES]
    demand(tree_root(records).hex() == ROOT_OF_LEAVES, "the tree of RFC 6962 has another root")


def main(arguments):
    if arguments == ["--self-test"]:
        self_test()
        print("valid")
        return 0
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    all_valid = True
    for path in arguments:
        try:
            why = refusal_of(path)
        except (OSError, UnicodeDecodeError) as error:
            print(error, file=sys.stderr)
            return 2
        print("valid" if why is None else "refused: " + why)
        all_valid = all_valid and why is None
    return 0 if all_valid else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
