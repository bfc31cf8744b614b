import tensorflow as tf

drag = tf.Variable(0.25)
COUNT = 5


def glide(drag, start=2.0):
    speeds = tf.Variable(tf.zeros(COUNT))
    speeds[0].assign(start)
    for moment in range(1, COUNT):
        speeds[moment].assign(speeds[moment - 1] - 0.1 * drag * speeds[moment - 1] ** 2)
    return speeds


with tf.GradientTape() as tape:
    distance = tf.reduce_sum(glide(drag))
print(float(distance), tape.gradient(distance, drag))
