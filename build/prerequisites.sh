# What a machine must have for Segsmith in containers; sourced by setup_solution_parameters.sh.
# shellcheck shell=bash disable=SC2034 # what the checks find out is read by who sources them
#
# Each check adds a sentence to `missing` (nothing can work) or `warnings` (look at it), and
# stops nothing, so that people see all at once. Sets `compose`, `socket` and `docker_root`.

missing=()
warnings=()
compose=()
socket=/var/run/docker.sock
docker_root=/var/lib/docker

check_docker() {
    if ! command -v docker >/dev/null; then
        missing+=("Docker is not installed. Install it as https://docs.docker.com/engine/install/ says; on Debian and Ubuntu also: sudo apt-get install docker.io docker-compose")
        return
    fi
    local said
    if said=$(docker info --format '{{.DockerRootDir}}|{{.SecurityOptions}}' 2>&1); then
        docker_root=${said%%|*}
        case $said in *rootless* | *userns*)
            missing+=("This Docker maps accounts (rootless or userns-remap), so that containers could not share your folders. Use a Docker Engine without it.") ;;
        esac
    else
        case $said in
        *"ermission denied"*)
            missing+=("You may not use Docker yet. Run: sudo usermod -aG docker $(id -un), then log out and in again.") ;;
        *)
            missing+=("The Docker daemon does not answer (${said##*$'\n'}). Start it: sudo systemctl start docker") ;;
        esac
    fi
    find_socket
}

find_socket() {
    local host=${DOCKER_HOST:-}
    [ -n "$host" ] || host=$(docker context inspect --format '{{.Endpoints.docker.Host}}' 2>/dev/null) || host=
    case $host in
    unix://*) socket=${host#unix://} ;;
    "") ;;
    *) missing+=("Docker is reached at $host. Segsmith shares folders with its containers, so it must run on the machine of the Docker daemon: unset DOCKER_HOST or run set-up there.") ;;
    esac
}

# docker-compose 1.29 or newer, else the compose plugin.
check_compose() {
    local version
    if version=$(docker-compose version --short 2>/dev/null) && at_least "$version" 1.29; then
        compose=(docker-compose)
    elif docker compose version >/dev/null 2>&1; then
        compose=(docker compose)
    elif [ -n "$version" ]; then
        missing+=("docker-compose $version is too old: 1.29 is needed. Install the compose plugin: sudo apt-get install docker-compose-plugin")
    else
        missing+=("docker-compose is not installed. Install it: sudo apt-get install docker-compose (or docker-compose-plugin, from Docker's own packages)")
    fi
}

at_least() { [ "$(printf '%s\n%s\n' "${1#v}" "$2" | sort -V | head -n 1)" = "$2" ]; }

check_gpu() {
    local driver
    if ! driver=$(nvidia-smi --query-gpu=driver_version --format=csv,noheader 2>/dev/null | head -n 1) || [ -z "$driver" ]; then
        missing+=("No NVIDIA GPU answers (nvidia-smi). Install the driver: on Ubuntu sudo ubuntu-drivers install, elsewhere https://www.nvidia.com/drivers; or choose --arch cpu.")
    elif ! at_least "$driver" 580; then
        warnings+=("The NVIDIA driver $driver is older than 580, which the CUDA of the torch images wants. Update it if jobs end with a CUDA error.")
    fi
    case $(docker info --format '{{json .Runtimes}}' 2>/dev/null) in
    *'"nvidia"'*) ;;
    *) missing+=("Docker cannot hand GPUs to containers: install the NVIDIA container toolkit (https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/), then sudo nvidia-ctk runtime configure --runtime=docker and sudo systemctl restart docker.") ;;
    esac
}

# check_space FOLDER GIGABYTES WHAT
check_space() {
    local folder=$1 free
    while [ ! -e "$folder" ]; do folder=$(dirname "$folder"); done
    free=$(df -Pk "$folder" 2>/dev/null | awk 'NR == 2 {print int($4 / 1000000)}')
    if [ -n "$free" ] && [ "$free" -lt "$2" ]; then
        warnings+=("Only $free GB are free at $1; $3 need about $2 GB. Free some space.")
    fi
}

# This machine's IPv4 addresses but loopback, however it can tell them; empty where it cannot.
own_addresses() {
    {
        hostname -I
        ip -o -4 address show | awk '{sub("/.*", "", $4); print $4}'
    } 2>/dev/null | tr -s ' ' '\n' | grep -E '^[0-9.]+$' | grep -v '^127\.' | sort -u | tr '\n' ' ' || true
}

# check_bind ADDRESS: Docker would find out late, when the pages that ran before are gone.
check_bind() {
    local own
    case $1 in 0.0.0.0 | 127.*) return ;; esac
    own=$(own_addresses)
    if [ -z "$own" ]; then
        warnings+=("It cannot be told whether this machine has the address $1. If it has not, the pages do not start: --bind 0.0.0.0 takes all.")
    elif [[ " $own" != *" $1 "* ]]; then
        missing+=("No network interface of this machine has the address $1. It has ${own% }. Choose one of them, or 0.0.0.0 for all, or 127.0.0.1: --bind ADDRESS")
    fi
}

# check_proxy URL: in a container the loopback address is the container's own.
check_proxy() {
    local host=${1#*://}
    host=${host%%/*}
    host=${host##*@}
    case $host in
    localhost | localhost:* | 127.* | "[::1]"*)
        warnings+=("Only this machine itself reaches a proxy at $host; builds and containers do not. Let the proxy listen at another address of this machine too, and give that one: --proxy http://ADDRESS:PORT. See \"Through a proxy to the Internet\" in docs/install.md.") ;;
    esac
}

# check_port ADDRESS PORT PROJECT: nobody else may listen there.
check_port() {
    local address=$1
    case $address in 0.0.0.0) address=127.0.0.1 ;; ::) address=::1 ;; esac
    # shellcheck disable=SC2016 # $0 and $1 are of the inner shell
    timeout 3 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$address" "$2" 2>/dev/null || return 0
    [ -z "$(docker ps -q --filter "publish=$2" --filter "label=com.docker.compose.project=$3" 2>/dev/null)" ] || return 0
    missing+=("Port $2 is in use by something else on this machine. Choose another one: --port $(($2 + 1))")
}

# check_project NAME FOLDER: two clones with one project name would replace each other's containers.
check_project() {
    local other
    other=$(docker ps -a --filter "label=com.docker.compose.project=$1" \
        --format '{{.Label "com.docker.compose.project.working_dir"}}' 2>/dev/null | grep -vxF "$2" | head -n 1) || return 0
    missing+=("The project name $1 belongs to $other already. Choose another one: --project NAME")
}
