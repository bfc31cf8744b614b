import tensorflow as tf

strength = tf.Variable(0.6)
image = tf.constant([[0.2, 0.4], [0.6, 0.8]])
with tf.GradientTape() as tape:
    factor = tf.sigmoid(strength)
    contrast = (image - 0.5) * factor + 0.5
    spread = tf.math.reduce_std(contrast)
print("spread", spread.numpy(), tape.gradient(spread, strength))
