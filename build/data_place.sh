# Where jobs and models are kept; sourced by setup_solution_parameters.sh.
# shellcheck shell=bash disable=SC2034,SC2154 # what is found out is read by who sources this
#
# `place_data` sets `data` (as given: a folder, or volume:NAME), `volume` (its name), `source` and
# `models` (what compose mounts) and `token` (the file). An account is UID:GID, in `account`.

images_account=10001:10001 # as the Dockerfiles say

owner() { stat -c '%u:%g' -- "$1"; }

# A path as the daemon needs it: absolute, ~ resolved, without .. or a slash at the end.
whole_path() {
    local path=$1
    # shellcheck disable=SC2088 # a ~ that was typed as an answer is no shell's to expand
    case $path in "~") path=$HOME ;; "~/"*) path=$HOME/${path#"~/"} ;; esac
    realpath -m -- "$path"
}

# place_data WHERE
place_data() {
    volume=
    case $1 in
    volume:*)
        data=$1 volume=${1#volume:} source=data models=
        [[ $volume =~ ^[a-zA-Z0-9][a-zA-Z0-9_.-]+$ ]] || fail "--data: '$data' does not fit. Name a volume by letters, digits, _, . and -, as volume:segsmith_data."
        # Of the folder nobody else's account gets past the door; in it, the images' may read.
        token=$root/run/access/token ;;
    *)
        data=$(whole_path "$1")
        [[ $data != *:* ]] || fail "--data: '$data' does not fit. Docker takes no folder with a colon; for a volume write volume:NAME."
        source=$data models=/models token=$data/token ;;
    esac
}

# Whose the data are: never root's. A folder that exists says it itself; an empty volume becomes
# that of the images' own account, by the folder that they have in its place.
find_account() {
    account=$images_account
    [ -z "$volume" ] || return 0
    account=$(id -u):$(id -g)
    if [ -d "$data" ]; then account=$(owner "$data"); fi
    if [ "${account%%:*}" = 0 ]; then
        if [ "$(id -u)" != 0 ]; then
            fail "--data: $data belongs to root, and Segsmith never runs as root. Run: sudo chown -R $(id -u):$(id -g) '$data'" 1
        fi
        account=${SUDO_UID:-1000}:${SUDO_GID:-1000}
        [ "${account%%:*}" != 0 ] || account=1000:1000
        if [ -d "$data" ] && [ -n "$(ls -A -- "$data")" ]; then
            fail "--data: $data holds files of root, and Segsmith never runs as root. Run: chown -R $account '$data'" 1
        fi
    elif [ "$(id -u)" != 0 ] && [ "${account%%:*}" != "$(id -u)" ]; then
        # Segsmith runs as the owner, who could not read a token that somebody else writes.
        fail "--data: $data belongs to the account ${account%%:*}, and you are $(id -u). Run set-up as that account or with sudo, or choose another folder." 1
    fi
}

# may_read FOLDER: whether that account may list it, by its permissions.
may_read() {
    local uid gid mode
    read -r uid gid mode < <(stat -c '%u %g %a' -- "$1")
    mode=$((8#$mode))
    if [ "$uid" = "${account%%:*}" ]; then (((mode & 0500) == 0500))
    elif [ "$gid" = "${account##*:}" ]; then (((mode & 0050) == 0050))
    else (((mode & 0005) == 0005)); fi
}

# make_place EARLIER_TOKEN: the folders that are missing, and the token, which is the earlier one
# unless the place has its own; compose makes a volume itself.
make_place() {
    local folder earlier=$1
    umask 022
    if [ -z "$volume" ]; then
        for folder in "$data" "$data/models"; do
            [ -d "$folder" ] || mkdir -p -- "$folder" 2>/dev/null || fail "--data: $folder cannot be created. Choose another folder, or create it with sudo and chown it to $account." 1
        done
        [ -w "$data" ] || fail "--data: you may not write to $data. Run set-up as the account to which it belongs, or choose another folder." 1
    fi
    umask 077
    folder=${token%/*}
    [ -d "$folder" ] || mkdir -- "$folder"
    if [ ! -s "$token" ]; then
        [ -n "$earlier" ] || earlier=$(head -c 24 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
        printf %s "$earlier" >"$token.part"
        mv -- "$token.part" "$token"
    fi
    if [ -n "$volume" ]; then
        # That account is nobody here, whom only root could give a file. It is handed this one by
        # Docker, who asks no folder; everybody else is kept out by the folder.
        if [ "$(id -u)" = 0 ]; then chown "$(owner "$root")" -- "$folder" "$token"; fi
        chmod 700 -- "$folder"
        chmod 644 -- "$token"
    else
        if [ "$(id -u)" = 0 ]; then chown "$account" -- "$data" "$data/models" "$token"; fi
        chmod 600 -- "$token"
    fi
}
