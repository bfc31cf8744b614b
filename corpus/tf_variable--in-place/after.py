import tensorflow as tf

depth = tf.Variable(2.0)
for _ in range(3):
    with tf.GradientTape() as tape:
        cost = (depth - 0.5) ** 2 + tf.exp(-depth)
    slope = tape.gradient(cost, depth)
    depth.assign_sub(0.2 * slope)
print("depth", depth.numpy())
