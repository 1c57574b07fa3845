"""Published weights: what there is, where it is kept, how it is checked and converted.

`registry` lists, `cache` keeps (below $SEGSMITH_HOME/weights), `conversion` turns a .pth into
safetensors, `initial` finds the file that a spec's weights mean.
"""
