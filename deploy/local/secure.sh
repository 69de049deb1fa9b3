# shellcheck shell=bash
# The secure local stack (./dev up --secure): gRPC and PostgreSQL with TLS from an authority of its own, and callers
# known by bearer tokens. Needs common.sh and services.sh.

TLS_DIR=$SECRETS_DIR/tls
# There while the stack is a secure one.
SECURE_MARK=$CONFIG_DIR/secure
TOKEN_SECONDS=$((12 * 3600))
TOKEN_ISSUER=https://waybill.local
TOKEN_AUDIENCE=waybill

is_secure() { [[ -e $SECURE_MARK ]]; }

set_secure() { # set_secure true|false
    mkdir -p "$CONFIG_DIR"
    if [[ $1 == true ]]; then touch "$SECURE_MARK"; else rm -f "$SECURE_MARK"; fi
}

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

new_ec_key() { openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }

make_authority() {
    new_ec_key "$TLS_DIR/ca.key"
    openssl req -x509 -new -key "$TLS_DIR/ca.key" -days 3650 -subj "/CN=Waybill's local authority" \
        -addext "keyUsage=critical,keyCertSign,cRLSign" -out "$TLS_DIR/ca.crt"
}

make_certificate() {
    new_ec_key "$TLS_DIR/services.key"
    openssl req -new -key "$TLS_DIR/services.key" -subj "/CN=localhost" \
        -addext "subjectAltName=DNS:localhost,IP:127.0.0.1" -out "$TLS_DIR/services.csr"
    openssl x509 -req -in "$TLS_DIR/services.csr" -CA "$TLS_DIR/ca.crt" -CAkey "$TLS_DIR/ca.key" \
        -days 365 -copy_extensions copy -out "$TLS_DIR/services.crt"
    rm "$TLS_DIR/services.csr"
}

# The issuer of tokens: a key pair, and the set with its public key.
make_issuer() {
    local x
    openssl genpkey -quiet -algorithm ed25519 -out "$TLS_DIR/token.key"
    # The last 32 bytes of the DER form are the public key itself (RFC 8410).
    x=$(openssl pkey -in "$TLS_DIR/token.key" -pubout -outform DER | tail -c 32 | base64url)
    echo "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"use\":\"sig\",\"kid\":\"local\",\"x\":\"$x\"}]}" \
        >"$TLS_DIR/jwks.json"
}

make_secure_files() {
    mkdir -p "$TLS_DIR"
    chmod 700 "$TLS_DIR"
    (
        umask 077
        [[ -e $TLS_DIR/ca.crt ]] || make_authority
        openssl x509 -in "$TLS_DIR/services.crt" -noout -checkend 86400 2>/dev/null || make_certificate
        [[ -e $TLS_DIR/jwks.json ]] || make_issuer
    )
}

# Where the stack's PostgreSQL is, as the start of a connection string.
postgres_address() {
    echo "host=127.0.0.1 port=${PORT[postgres]}$(! is_secure || echo " sslmode=verify-full sslrootcert='$TLS_DIR/ca.crt'")"
}

# For psql and dbmate, which connect by themselves.
export_postgres_tls() {
    if is_secure; then export PGSSLMODE=verify-full PGSSLROOTCERT=$TLS_DIR/ca.crt; fi
}

# What a service's configuration gets beside the ordinary sections.
secure_sections() {
    cat <<TOML

[grpc.tls]
certificate = "$TLS_DIR/services.crt"
key = "$TLS_DIR/services.key"

[auth]
mode = "jwt"

[auth.jwt]
jwks = "$TLS_DIR/jwks.json"
issuer = "$TOKEN_ISSUER"
audience = "$TOKEN_AUDIENCE"
TOML
}

make_token() { # make_token USER ROLE...: prints a token for 12 hours
    local user=$1 roles text
    shift
    roles=$(printf ',"%s"' "$@")
    text=$(printf '{"alg":"EdDSA","typ":"JWT","kid":"local"}' | base64url).$(printf \
        '{"iss":"%s","aud":"%s","sub":"%s","exp":%d,"roles":[%s]}' "$TOKEN_ISSUER" "$TOKEN_AUDIENCE" "$user" \
        $(($(date +%s) + TOKEN_SECONDS)) "${roles:1}" | base64url)
    # Ed25519 is computed over a file, not over a stream.
    printf %s "$text" >"$TLS_DIR/token.text"
    echo "$text.$(openssl pkeyutl -sign -rawin -inkey "$TLS_DIR/token.key" -in "$TLS_DIR/token.text" | base64url)"
    rm "$TLS_DIR/token.text"
}

# ./dev token USER [--role ROLE]...
token() {
    local user=${1:-} roles=()
    [[ $user =~ ^[A-Za-z0-9._@|:+-]{1,64}$ ]] ||
        die "usage: ./dev token USER [--role ROLE]...; USER has 1 to 64 of the characters A-Z a-z 0-9 . _ @ | : + -"
    shift
    while (($#)); do
        [[ $1 == --role && ${2:-} =~ ^(customer|operator|auditor|service)$ ]] ||
            die "./dev token: a role is given as --role customer, operator, auditor or service"
        roles+=("$2")
        shift 2
    done
    is_secure || die "the stack takes no tokens; start it with ./dev up --secure"
    make_token "$user" "${roles[@]:-customer}"
}

# How a client that has only grpcurl calls the secure stack.
secure_hint() {
    cat <<END
  TLS     authority $TLS_DIR/ca.crt; tokens: ./dev token USER [--role operator]
  Try     grpcurl -cacert $TLS_DIR/ca.crt -H "authorization: Bearer \$(./dev token demo)" localhost:${PORT[order_svc]} waybill.orders.v1.OrderService/ListOrders
END
}
