# shellcheck shell=bash
# clang-tidy over the sources that have changed, or over all. Needs common.sh, build.sh and lint.sh.

# For how long `./dev lint` begins with yet another source; one takes a core 10 to 20 s.
TIDY_SECONDS=${LINT_TIDY_SECONDS:-180}

# changed_files: what differs from lint_base or isn't committed yet; the newest changes first.
changed_files() {
    local base
    base=$(lint_base)
    has_history || return 0
    awk 'FNR == NR { differs[$0]; next } $0 in differs && !seen[$0]++' \
        <(repo_git diff --name-only "${base:-HEAD}" && repo_git ls-files --others --exclude-standard) \
        <(
            repo_git ls-files --others --exclude-standard
            repo_git diff --name-only HEAD
            [[ -z $base ]] || repo_git log -m --format= --name-only "$base..HEAD"
        )
}

# tidy_sources changed|all: the .cc files to check, one per line. A header is checked with its own .cc.
tidy_sources() {
    if [[ $1 == all ]]; then
        sources '*.cc' | tr '\0' '\n'
        return
    fi
    changed_files | sed -n 's/\.\(cc\|h\)$/.cc/p' | awk '!seen[$0]++' | while IFS= read -r file; do
        [[ ! -f $WAYBILL_ROOT/$file ]] || echo "$WAYBILL_ROOT/$file"
    done
}

# run_tidy LIST LEFT_OUT DEADLINE_MS: what its time isn't enough for is written to LEFT_OUT.
run_tidy() {
    : >"$2"
    # shellcheck disable=SC2016
    xargs -a "$1" -d '\n' -P "$(nproc)" -n 1 bash -c '
        if (($(date +%s%3N) > $3)); then
            echo "$4" >>"$2"
        else
            clang-tidy -quiet -p "$1" "$4" 2> >(grep -v "warnings\? generated\|^$" >&2)
        fi' tidy "$BUILD_DIR" "$2" "$3"
}

# check_tidy changed|all
check_tidy() {
    local folder=$LOG_DIR/dev deadline=9999999999999 base since count left_out
    mkdir -p "$folder"
    base=$(lint_base)
    since=${base:+" since ${base:0:9}"}
    tidy_sources "$1" >"$folder/tidy_sources"
    count=$(wc -l <"$folder/tidy_sources")
    if ((count == 0)); then
        echo "  No source has changed${since:-; there is no earlier commit to compare with}: nothing for clang-tidy."
        return
    fi
    with_lock build build waybill_generated
    [[ $1 == all ]] || deadline=$(($(now_ms) + TIDY_SECONDS * 1000))
    step "Sources (clang-tidy)" run_tidy "$folder/tidy_sources" "$folder/tidy_left_out" "$deadline"
    [[ $1 == changed ]] || return 0
    left_out=$(wc -l <"$folder/tidy_left_out")
    echo "  clang-tidy checked $((count - left_out)) of $count changed sources$since."
    ((left_out == 0)) ||
        cat <<END
  The newest changes came first; $left_out had to be left out after $TIDY_SECONDS s (LINT_TIDY_SECONDS):
  $folder/tidy_left_out
  ./dev lint --tidy checks all.
END
}
