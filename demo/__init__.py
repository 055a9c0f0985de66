from . import chasing_demo
