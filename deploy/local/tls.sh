# shellcheck shell=bash
# Makes a certificate authority (CA), and a certificate for the servers of this machine. Needs common.sh.

new_ec_key() { openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }

make_authority() { # make_authority DIR
    new_ec_key "$1/ca.key"
    openssl req -x509 -new -key "$1/ca.key" -days 3650 -subj "/CN=Waybill's local authority" \
        -addext "keyUsage=critical,keyCertSign,cRLSign" -out "$1/ca.crt"
}

make_certificate() { # make_certificate DIR
    new_ec_key "$1/services.key"
    openssl req -new -key "$1/services.key" -subj "/CN=localhost" \
        -addext "subjectAltName=DNS:localhost,IP:127.0.0.1" -out "$1/services.csr"
    openssl x509 -req -in "$1/services.csr" -CA "$1/ca.crt" -CAkey "$1/ca.key" \
        -days 365 -copy_extensions copy -out "$1/services.crt"
    rm "$1/services.csr"
    # Kafka reads the key and the certificate from one file.
    cat "$1/services.key" "$1/services.crt" >"$1/services.pem"
}

# make_tls_files DIR: makes a CA (ca.crt, ca.key), and a server's certificate (services.crt, services.key, and both in
# services.pem), and bundle.crt, the CA and the system's. It keeps a CA that is valid, and its certificate if that is valid
# for another 24 hours.
make_tls_files() {
    mkdir -p "$1"
    chmod 700 "$1"
    (
        umask 077
        openssl verify -CAfile "$1/ca.crt" "$1/ca.crt" || make_authority "$1"
        if ! openssl verify -CAfile "$1/ca.crt" "$1/services.pem" ||
            ! openssl x509 -in "$1/services.pem" -noout -checkend 86400; then
            make_certificate "$1"
        fi
        # For programs that take one file instead of the system's authorities.
        cat "$1/ca.crt" /etc/ssl/certs/ca-certificates.crt >"$1/bundle.crt" 2>/dev/null || true
    )
}
