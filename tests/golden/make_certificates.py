"""Makes certificates as an artist has them from an authority: of the kinds ES256, ES384 and PS256, with openssl.

    python make_certificates.py [FOLDER]

They are for tests alone: their keys lie beside them. The authority's own key is forgotten.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

KINDS = {
    "es256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "es384": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
    "ps256": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
}
# What C2PA asks of the certificate of a signer.
PROFILE = """basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=emailProtection
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
"""
# So that clocks that are wrong by years do no harm.
TIME = ["-startdate", "20240101000000Z", "-enddate", "20491231235959Z"]
AUTHORITY = """[ca]
default_ca=own
[own]
database=database
new_certs_dir=.
serial=serial
policy=any
default_md=sha256
[any]
organizationName=supplied
commonName=supplied
"""


def main(out):
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)

        def openssl(*arguments):
            subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, cwd=place)

        for name, text in {"profile": PROFILE, "authority": AUTHORITY, "database": "", "serial": "1001"}.items():
            (place / name).write_text(text)
        openssl("genpkey", *KINDS["es256"], "-out", "root.key")
        openssl("req", "-x509", "-key", "root.key", "-subj", "/O=Tests/CN=An authority", "-out", "root.pem")
        for name, kind in KINDS.items():
            key = out / f"{name}.key"
            openssl("genpkey", *kind, "-out", key)
            openssl("req", "-new", "-key", key, "-subj", f"/O=Tests {name}/CN=Ann Smith", "-out", "asked")
            openssl("ca", "-batch", "-notext", "-config", "authority", "-cert", "root.pem", "-keyfile", "root.key",
                    *TIME, "-extfile", "profile", "-in", "asked", "-out", out / f"{name}.pem")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent / "certificates").absolute())
