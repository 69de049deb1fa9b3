# shellcheck shell=bash
# The secure local stack (./dev up --secure): gRPC, metrics, PostgreSQL and Kafka use TLS with a CA of the stack's own,
# callers send bearer tokens, and each program has a Kafka user with its own ACLs. Needs common.sh, tls.sh, kafka.sh and
# services.sh.

TLS_DIR=$SECRETS_DIR/tls
KAFKA_SECRETS=$SECRETS_DIR/kafka
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
    make_tls_files "$TLS_DIR"
    make_kafka_passwords "$KAFKA_SECRETS"
    (
        umask 077
        [[ -e $TLS_DIR/jwks.json ]] || make_issuer
    )
    write_kafka_client admin
    write_kafka_client operator
}

# write_kafka_client USER: writes the librdkafka properties with which USER logs in to the stack's Kafka.
write_kafka_client() {
    {
        printf '%s\n' security.protocol=SASL_SSL sasl.mechanism=PLAIN "sasl.username=$1" \
            "ssl.ca.location=$TLS_DIR/ca.crt"
        printf 'sasl.password=%s\n' "$(cat "$KAFKA_SECRETS/$1")"
    } | (umask 077 && write_if_changed "$KAFKA_SECRETS/$1.conf")
}

# Where the stack's PostgreSQL is, as the start of a connection string.
postgres_address() {
    echo "host=127.0.0.1 port=${PORT[postgres]}$(! is_secure || echo " sslmode=verify-full sslrootcert='$TLS_DIR/ca.crt'")"
}

# For psql and dbmate, which connect by themselves.
export_postgres_tls() {
    if is_secure; then export PGSSLMODE=verify-full PGSSLROOTCERT=$TLS_DIR/ca.crt; fi
}

# secure_sections NAME: prints the sections that a program's configuration has only in the secure stack.
secure_sections() {
    [[ $1 != *_svc ]] || secure_grpc_sections
    [[ $1 == payment_sandbox ]] || secure_kafka_sections "$1"
    cat <<TOML

[metrics.tls]
certificate = "$TLS_DIR/services.crt"
key = "$TLS_DIR/services.key"
TOML
}

secure_grpc_sections() {
    cat <<TOML

[grpc.tls]
certificate = "$TLS_DIR/services.crt"
key = "$TLS_DIR/services.key"

[auth]
mode = ["jwt", "api_key"]

[auth.jwt]
jwks = "$TLS_DIR/jwks.json"
issuer = "$TOKEN_ISSUER"
audience = "$TOKEN_AUDIENCE"
TOML
}

secure_kafka_sections() { # secure_kafka_sections USER
    cat <<TOML

[kafka.properties]
"security.protocol" = "SASL_SSL"
"sasl.mechanism" = "PLAIN"
"sasl.username" = "$1"
"ssl.ca.location" = "$TLS_DIR/ca.crt"

[kafka.property_files]
"sasl.password" = "$KAFKA_SECRETS/$1"
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
    [[ $user =~ ^[A-Za-z0-9._@|:+-]{1,64}$ && $user != -* ]] ||
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
