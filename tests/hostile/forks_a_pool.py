"""multiprocessing with fork, a queue, a lock, shared memory."""
import multiprocessing
from multiprocessing import shared_memory

context = multiprocessing.get_context("fork")
with context.Pool(2) as pool:
    print(pool.map(abs, [-1, 2]))
queue = context.Queue()
child = context.Process(target=queue.put, args=("hello",))
child.start()
print(queue.get())
child.join()
block = shared_memory.SharedMemory(create=True, size=1 << 16)
block.close()
block.unlink()
