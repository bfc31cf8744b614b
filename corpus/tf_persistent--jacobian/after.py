import tensorflow as tf

angles = tf.Variable([0.3, -0.7])
lengths = tf.constant([1.0, 0.8])
with tf.GradientTape(persistent=True) as tape:
    total = tf.cumsum(angles)
    hand = tf.stack([tf.reduce_sum(lengths * tf.cos(total)), tf.reduce_sum(lengths * tf.sin(total))])
    height = hand[1]
print("height", tape.gradient(height, angles))
print("jacobian", tape.jacobian(hand, angles))
