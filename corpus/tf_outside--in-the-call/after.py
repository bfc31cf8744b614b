import tensorflow as tf

rate = tf.Variable(0.8)
counts = tf.constant([1.0, 0.0, 3.0, 2.0])
with tf.GradientTape() as tape:
    log_likelihood = counts * tf.math.log(rate) - rate
    target = -tf.reduce_mean(log_likelihood)
gradient = tape.gradient(target, rate)
print("gradient", gradient)
