#!/bin/sh
# The interpreter of an image of an mkl variant: Intel's OpenMP and an allocator that keeps what
# training frees and asks for again. A job with a GPU computes there, and gets neither.
case "${NVIDIA_VISIBLE_DEVICES:-void}" in
    void | none | "")
        export LD_PRELOAD="@LIBRARIES@${LD_PRELOAD:+:$LD_PRELOAD}"
        # Threads give the processor back at once: loading images and other jobs need it too.
        export KMP_BLOCKTIME="${KMP_BLOCKTIME:-0}"
        # oneDNN keeps more of the primitives that it made; networks here have some hundreds.
        export LRU_CACHE_CAPACITY="${LRU_CACHE_CAPACITY:-1024}"
        export ONEDNN_PRIMITIVE_CACHE_CAPACITY="${ONEDNN_PRIMITIVE_CACHE_CAPACITY:-1024}"
        export TCMALLOC_LARGE_ALLOC_REPORT_THRESHOLD=0x7fffffffffffffff
        ;;
esac
exec "${0%/*}/python3" "$@"
