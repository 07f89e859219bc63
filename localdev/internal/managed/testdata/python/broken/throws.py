def start():
    raise RuntimeError("no start")


start()
