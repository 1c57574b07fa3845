#!/usr/bin/env bash
# Asks what Segsmith in containers needs to know, and writes build/.env and run/.env.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=build/prerequisites.sh
. "$root/build/prerequisites.sh"
# shellcheck source=build/data_place.sh
. "$root/build/data_place.sh"

usage() {
    cat <<'END'
Usage: ./setup_solution_parameters.sh [options]

Asks what is not given here; Enter keeps what is shown. Run it again to change an answer.

  --arch ARCH        cpu, cpu_mkl, gpu or gpu_mkl           [cpu]
  --data DIR         folder for jobs, models and the access token
  --data volume:NAME a volume of Docker instead, which compose makes
  --datasets DIR     folder whose subfolders are datasets   [datasets of this folder]
  --bind ADDRESS     0.0.0.0: your network; 127.0.0.1: this machine only   [0.0.0.0]
  --port N           port of the browser's pages            [4200]
  --public-url URL   the address behind a reverse proxy, as https://example.org/segsmith
                     (- for none)
  --proxy URL        HTTP proxy to the Internet, for builds and for fetching weights (- for none)
  --no-proxy LIST    names that are reached without it, separated by commas (- for none)
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
    fi
    [ "$reply" != - ] || reply=
    [[ $reply =~ ^($pattern)$ ]] || fail "--$flag: '$reply' does not fit. $remedy"
    [[ $reply != *[\'\"\\\$]* && $reply != *$'\n'* ]] || fail "--$flag: quotes, \\ and \$ cannot be written into .env files. Choose another value."
    printf '%s\n' "$reply"
}

if [ "$(id -u)" = 0 ]; then home_folder=/srv/segsmith; else home_folder=$HOME/segsmith-data; fi
default() { local kept; kept=$(earlier "$1"); printf '%s\n' "${kept:-$2}"; }
proxy_here=${HTTPS_PROXY:-${https_proxy:-${HTTP_PROXY:-${http_proxy:-}}}}

arch=$(answer arch "Images for cpu, cpu_mkl, gpu or gpu_mkl" "$(default SEGSMITH_ARCH cpu)" \
    'cpu|cpu_mkl|gpu|gpu_mkl' "Choose cpu, cpu_mkl, gpu or gpu_mkl.")
before=$(earlier SEGSMITH_DATA_VOLUME)
before=${before:+volume:$before}
before=${before:-$(earlier SEGSMITH_DATA)}
data=$(answer data "Folder (or volume:NAME) for jobs and models" "${before:-$home_folder}" '.+' "Name a folder, or a volume as volume:NAME.")
place_data "$data"
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
if [ -n "$proxy${given[no-proxy]-}" ]; then
    no_proxy=$(answer no-proxy "Reached without the proxy (- for none)" "$no_proxy_default" '[^ ]*' "Separate names by commas, without blanks.")
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
place=$data
[ -z "$volume" ] || place=$docker_root
check_space "$place" 5 "jobs and models"
check_bind "$bind"
check_proxy "$proxy"
check_port "$bind" "$port" "$project"
check_project "$project" "$root/run"

find_account
[ -d "$datasets" ] || missing+=("The folder for datasets, $datasets, is not there. Create it: mkdir -p '$datasets'")

[ ! -d "$datasets" ] || may_read "$datasets" ||
    missing+=("The account $account, of the data, may not read $datasets. Run: chmod -R a+rX '$datasets'")

if [ ${#warnings[@]} -gt 0 ]; then printf 'Warning: %s\n' "${warnings[@]}" >&2; fi
if [ ${#missing[@]} -gt 0 ]; then
    printf 'Missing: %s\n' "${missing[@]}" >&2
    fail "Nothing was written. Put this right and run set-up again." 1
fi

token_before=$(earlier SEGSMITH_TOKEN_PATH)
secret=
if [ -n "$token_before" ]; then secret=$(cat -- "$token_before" 2>/dev/null) || secret=; fi
make_place "$secret"
new_token=false
if [ -n "$token_before" ] && [ "$(cat -- "$token")" != "$secret" ]; then new_token=true; fi

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
write "$root/run/.env" "${common[@]}" SEGSMITH_DATA "$source" SEGSMITH_DATA_VOLUME "$volume" \
    SEGSMITH_MODELS "$models" SEGSMITH_TOKEN_PATH "$token" SEGSMITH_DATASETS_DIR "$datasets" \
    SEGSMITH_UID "${account%%:*}" SEGSMITH_GID "${account##*:}" DOCKER_GID "$(stat -c %g "$socket")" \
    SEGSMITH_DOCKER_SOCKET "$socket" SEGSMITH_BIND "$bind" SEGSMITH_PORT "$port" \
    SEGSMITH_HOSTNAME "$machine" SEGSMITH_NAMES "$names" SEGSMITH_PUBLIC_URL "$public_url" SEGSMITH_NO_PROXY "$no_proxy"

# A folder in which no service ever ran has nothing that could be missed.
if [ -n "$before" ] && [ "$before" != "$data" ] && [[ $before = volume:* || -d $before/jobs ]]; then
    cat <<END
Jobs and models that are in $before stay there: nothing is moved, and nothing removed. "Backup" in
docs/install.md says how to take them along; --data '$before' goes back.
Before \`up -d\`: stop jobs that run, as the new place does not know them.

END
fi
if $new_token; then
    printf 'The access token is another one than before, the one in %s: sign in with that.\n\n' "$token"
fi
cat <<END
Segsmith for $arch is set up. Its data are in $data, of the account $account.

1. Build the images, unless they are built (the first time takes some minutes):
   ${compose[*]} -f build/build_$arch.yml build
2. Start it:
   ${compose[*]} -f run/run_$arch.yml up -d
3. Open ${public_url:-http://$address:$port} and sign in with the access token:
   cat '$token'
END
