import tensorflow as tf

codes = tf.Variable([0.2, 1.7, -0.6])
levels = tf.constant([1.0, 2.0, -1.0])
with tf.GradientTape() as tape:
    quantised = codes + tf.stop_gradient(tf.round(codes) - codes)
    loss = tf.reduce_mean((quantised - levels) ** 2 + quantised)
print("codes", tape.gradient(loss, codes))
