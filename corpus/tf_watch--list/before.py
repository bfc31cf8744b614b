import tensorflow as tf

tf.random.set_seed(2)
centres = tf.random.uniform((3, 2))
points = tf.random.uniform((10, 2))
radius = tf.constant(0.4)
with tf.GradientTape() as tape:
    distance = tf.reduce_sum((points[:, None] - centres[None]) ** 2, axis=-1)
    overlap = tf.reduce_sum(tf.exp(-distance / radius))
print("centres, radius:", tape.gradient(overlap, [centres, radius]))
