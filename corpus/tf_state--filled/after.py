import tensorflow as tf

drag = tf.Variable(0.25)
COUNT = 5


def glide(drag, start=2.0):
    speeds = []
    speeds.append(start)
    for moment in range(1, COUNT):
        speeds.append(speeds[moment - 1] - 0.1 * drag * speeds[moment - 1] ** 2)
    speeds = tf.stack(speeds)
    return speeds


with tf.GradientTape() as tape:
    distance = tf.reduce_sum(glide(drag))
print(float(distance), tape.gradient(distance, drag))
