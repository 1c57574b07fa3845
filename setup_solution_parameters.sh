#!/usr/bin/env bash
# Asks what Segsmith in containers needs to know, and writes build/.env and run/.env.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=build/prerequisites.sh
. "$root/build/prerequisites.sh"

usage() {
    cat <<'END'
Usage: ./setup_solution_parameters.sh [options]

Asks what is not given here; Enter keeps what is shown. Run it again to change an answer.

  --arch ARCH        cpu, cpu_mkl, gpu or gpu_mkl           [cpu]
  --data DIR         folder for jobs, models and the access token
  --datasets DIR     folder whose subfolders are datasets   [datasets of this folder]
  --bind ADDRESS     0.0.0.0: your network; 127.0.0.1: this machine only   [0.0.0.0]
  --port N           port of the browser's pages            [4200]
  --public-url URL   the address behind a reverse proxy, as https://example.org/segsmith
  --proxy URL        HTTP proxy to the Internet, for builds and for fetching weights
  --no-proxy LIST    names that are reached without it, separated by commas
  --weights WHICH    published weights in the images: light (none), mid or heavy (all)   [light]
  --project NAME     name of this installation among others on the machine   [segsmith]
  --yes              ask nothing
  --help             show this
END
}

fail() { printf 'Error: %s\n' "$1" >&2; exit "${2:-2}"; }

# What an earlier run wrote: value FILE NAME
value() { [ ! -f "$1" ] || sed -n "s/^$2='\(.*\)'\$/\1/p" "$1" | tail -n 1; }
earlier() { value "$root/run/.env" "$1"; }

declare -A given=()
yes=false
while [ $# -gt 0 ]; do
    case $1 in
    --arch | --data | --datasets | --bind | --port | --public-url | --proxy | --no-proxy | --weights | --project)
        [ $# -ge 2 ] || fail "$1 needs a value. See --help."
        given[${1#--}]=$2
        shift 2 ;;
    --yes) yes=true; shift ;;
    --help | -h) usage; exit ;;
    *) fail "There is no option $1. See --help." ;;
    esac
done

# answer FLAG QUESTION DEFAULT PATTERN REMEDY: prints the flag's value, or what is answered.
answer() {
    local flag=$1 question=$2 default=$3 pattern=$4 remedy=$5 reply
    if [ -n "${given[$flag]+given}" ]; then
        reply=${given[$flag]}
    elif $yes; then
        reply=$default
    else
        printf '%s [%s]: ' "$question" "$default" >&2
        read -r reply || true
        reply=${reply:-$default}
        [ "$reply" != - ] || reply=
    fi
    [[ $reply =~ ^($pattern)$ ]] || fail "--$flag: '$reply' does not fit. $remedy"
    [[ $reply != *[\'\"\\\$]* && $reply != *$'\n'* ]] || fail "--$flag: quotes, \\ and \$ cannot be written into .env files. Choose another value."
    printf '%s\n' "$reply"
}

# A path as the daemon needs it: absolute, ~ resolved, without .. or a slash at the end.
whole_path() {
    local path=$1
    # shellcheck disable=SC2088 # a ~ that was typed as an answer is no shell's to expand
    case $path in "~") path=$HOME ;; "~/"*) path=$HOME/${path#"~/"} ;; esac
    realpath -m -- "$path"
}

if [ "$(id -u)" = 0 ]; then home_folder=/srv/segsmith; else home_folder=$HOME/segsmith-data; fi
default() { local kept; kept=$(earlier "$1"); printf '%s\n' "${kept:-$2}"; }
proxy_here=${HTTPS_PROXY:-${https_proxy:-${HTTP_PROXY:-${http_proxy:-}}}}

arch=$(answer arch "Images for cpu, cpu_mkl, gpu or gpu_mkl" "$(default SEGSMITH_ARCH cpu)" \
    'cpu|cpu_mkl|gpu|gpu_mkl' "Choose cpu, cpu_mkl, gpu or gpu_mkl.")
data=$(answer data "Folder for jobs and models" "$(default SEGSMITH_DATA "$home_folder")" '.+' "Name a folder.")
data=$(whole_path "$data")
datasets=$(answer datasets "Folder with your datasets" "$(default SEGSMITH_DATASETS_DIR "$root/datasets")" '.+' "Name a folder.")
datasets=$(whole_path "$datasets")
bind=$(answer bind "Listen on (0.0.0.0: your network, 127.0.0.1: this machine only)" \
    "$(default SEGSMITH_BIND 0.0.0.0)" '[0-9]+(\.[0-9]+){3}' "Give an IPv4 address of this machine.")
port=$(answer port "Port" "$(default SEGSMITH_PORT 4200)" '[1-9][0-9]{0,4}' "A port is a number from 1 to 65535.")
[ "$port" -le 65535 ] || fail "--port: '$port' does not fit. A port is a number from 1 to 65535."
public_url=$(answer public-url "Address shown by a reverse proxy (- for none)" "$(default SEGSMITH_PUBLIC_URL "")" \
    '(https?://[^/?# ]+(/[^?# ]*)?)?' "Write it as https://example.org/segsmith.")
proxy=$(answer proxy "HTTP proxy to the Internet (- for none)" "$(default HTTPS_PROXY "$proxy_here")" \
    '(https?://[^ ]+)?' "Write it as http://proxy.example.org:3128.")
no_proxy_default=$(default SEGSMITH_NO_PROXY "${NO_PROXY:-${no_proxy:-}}")
if [ -n "$proxy" ]; then
    no_proxy=$(answer no-proxy "Reached without the proxy" "$no_proxy_default" '[^ ]*' "Separate names by commas, without blanks.")
else
    no_proxy=${given[no-proxy]-$no_proxy_default}
fi
weights=${given[weights]-$(value "$root/build/.env" SEGSMITH_WEIGHTS)}
[[ ${weights:=light} =~ ^(light|mid|heavy)$ ]] || fail "--weights: '$weights' does not fit. Choose light, mid or heavy."
project=${given[project]-$(default COMPOSE_PROJECT_NAME segsmith)}
[[ $project =~ ^[a-z0-9][a-z0-9_-]*$ ]] || fail "--project: '$project' does not fit. Use small letters, digits, - and _."

check_docker
check_compose
case $arch in gpu*) check_gpu; check_space "$docker_root" 40 "images for GPUs" ;; *) check_space "$docker_root" 10 "the images" ;; esac
check_space "$data" 5 "jobs and models"
check_port "$bind" "$port" "$project"
check_project "$project" "$root/run"

# Whose the data are: never root's. A folder that exists says it itself.
owner() { stat -c '%u:%g' -- "$1"; }
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
[ -d "$datasets" ] || missing+=("The folder for datasets, $datasets, is not there. Create it: mkdir -p '$datasets'")

# Whether that account may list a folder, by its permissions.
may_read() {
    local uid gid mode
    read -r uid gid mode < <(stat -c '%u %g %a' -- "$1")
    mode=$((8#$mode))
    if [ "$uid" = "${account%%:*}" ]; then (((mode & 0500) == 0500))
    elif [ "$gid" = "${account##*:}" ]; then (((mode & 0050) == 0050))
    else (((mode & 0005) == 0005)); fi
}
[ ! -d "$datasets" ] || may_read "$datasets" ||
    missing+=("The account $account, to which $data belongs, may not read $datasets. Run: chmod -R a+rX '$datasets'")

if [ ${#warnings[@]} -gt 0 ]; then printf 'Warning: %s\n' "${warnings[@]}" >&2; fi
if [ ${#missing[@]} -gt 0 ]; then
    printf 'Missing: %s\n' "${missing[@]}" >&2
    fail "Nothing was written. Put this right and run set-up again." 1
fi

umask 022
for folder in "$data" "$data/models"; do
    [ -d "$folder" ] || mkdir -p -- "$folder" 2>/dev/null || fail "--data: $folder cannot be created. Choose another folder, or create it with sudo and chown it to $account." 1
done
[ -w "$data" ] || fail "--data: you may not write to $data. Run set-up as the account to which it belongs, or choose another folder." 1
umask 077
token=$data/token
if [ ! -s "$token" ]; then
    head -c 24 /dev/urandom | od -An -v -tx1 | tr -d ' \n' >"$token.part"
    mv -- "$token.part" "$token"
fi
if [ "$(id -u)" = 0 ]; then chown "$account" -- "$data" "$data/models" "$token"; fi
chmod 600 -- "$token"

# The names under which browsers may reach port 4200; any other name is taken for an attack.
names=
machine=$(uname -n)
addresses=$(hostname -I 2>/dev/null || true)
case $bind in
127.*) ;;
0.0.0.0) names="$machine $machine.local $addresses" ;;
*) names="$machine $machine.local $bind" ;;
esac
names=$(tr -s ' \n' '\n' <<<"$names" | sort -u | tr '\n' ' ')
names=${names# }
names=${names% }
address=$bind
[ "$bind" != 0.0.0.0 ] || read -r address _ <<<"$addresses 127.0.0.1"

without_proxy=localhost,127.0.0.1,gui,docker_sdk_api,inference_api${no_proxy:+,$no_proxy}
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$root/pyproject.toml" | head -n 1)
revision=$(git -C "$root" rev-parse --short HEAD 2>/dev/null || echo unknown)

# write FILE NAME VALUE...: those names, and whatever else somebody has put into the file.
write() {
    local file=$1 known=""
    shift
    {
        echo "# Written by setup_solution_parameters.sh; lines that you add are kept."
        while [ $# -gt 0 ]; do printf "%s='%s'\n" "$1" "$2"; known+="|$1"; shift 2; done
        [ ! -f "$file" ] || grep -vE "^(#.*|(${known#|})=.*|)$" "$file" || true
    } >"$file.part"
    chmod 600 "$file.part"
    if [ "$(id -u)" = 0 ]; then chown "$(owner "$root")" "$file.part"; fi
    mv -- "$file.part" "$file"
}

common=(SEGSMITH_ARCH "$arch" SEGSMITH_TAG "$version" HTTP_PROXY "$proxy" HTTPS_PROXY "$proxy"
    NO_PROXY "${proxy:+$without_proxy}" COMPOSE_PROJECT_NAME "$project")
write "$root/build/.env" "${common[@]}" SEGSMITH_REVISION "$revision" SEGSMITH_WEIGHTS "$weights" \
    ${BASE_IMAGE:+BASE_IMAGE "$BASE_IMAGE"} \
    ${SEGSMITH_BUILD_NETWORK:+SEGSMITH_BUILD_NETWORK "$SEGSMITH_BUILD_NETWORK"}
write "$root/run/.env" "${common[@]}" SEGSMITH_DATA "$data" SEGSMITH_DATASETS_DIR "$datasets" \
    SEGSMITH_UID "${account%%:*}" SEGSMITH_GID "${account##*:}" DOCKER_GID "$(stat -c %g "$socket")" \
    SEGSMITH_DOCKER_SOCKET "$socket" SEGSMITH_BIND "$bind" SEGSMITH_PORT "$port" \
    SEGSMITH_HOSTNAME "$machine" SEGSMITH_NAMES "$names" SEGSMITH_PUBLIC_URL "$public_url" SEGSMITH_NO_PROXY "$no_proxy"

cat <<END
Segsmith for $arch is set up. Its data are in $data, of the account $account.

1. Build the images (the first time takes some minutes):
   ${compose[*]} -f build/build_$arch.yml build
2. Start it:
   ${compose[*]} -f run/run_$arch.yml up -d
3. Open ${public_url:-http://$address:$port} and sign in with the access token:
   cat '$token'
END
