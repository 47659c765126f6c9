#!/usr/bin/env bash
# Makes authorities and certificates for tests of TLS in DIR, each good for a day: certificates.sh DIR
#   ca.pem other-ca.pem                       two authorities, the second trusted by nobody
#   good.pem expired.pem elsewhere.pem        a broker's key and certificate: for localhost; of yesterday; for another host
#   client.{pem,key} stranger.{pem,key}       a client's, of the first and of the second authority
#   late.{pem,key}                            a client's of yesterday
#   locked.key                                the key of client.pem with a password, which is in locked.password
set -euo pipefail
cd "$1"
key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out "$1" 2>/dev/null; }
authority() { key "$1.key"; openssl req -x509 -new -key "$1.key" -subj "/CN=$1" -days 1 -out "$1.pem" 2>/dev/null; }
# NAME AUTHORITY DAYS HOST
signed() {
  key "$1.key"
  openssl req -new -key "$1.key" -subj "/CN=$1" -out "$1.csr" 2>/dev/null
  openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -days "$3" -extfile <(echo "subjectAltName=DNS:$4") -out "$1.pem" 2>/dev/null
}
authority ca
authority other-ca
for broker in 'good 1 localhost' 'expired -1 localhost' 'elsewhere 1 elsewhere.example'; do
  read -r name days host <<<"$broker"
  signed "$name" ca "$days" "$host"
  cat "$name.pem" >>"$name.key" && mv "$name.key" "$name.pem"
done
signed client ca 1 client.example
signed stranger other-ca 1 client.example
signed late ca -1 client.example
echo 'a password' >locked.password
openssl pkcs8 -topk8 -in client.key -passout file:locked.password -out locked.key
