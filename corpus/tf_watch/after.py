import tensorflow as tf

tf.random.set_seed(3)

# Saliency of a linear scorer: which pixels move the score?
weights = tf.Variable(tf.random.normal((16, 1), stddev=0.3))
image = tf.constant([[0.1, 0.9, 0.4, 0.2] * 4])
with tf.GradientTape() as tape:
    tape.watch(image)
    score = tf.reduce_sum(tf.tanh(image @ weights))
saliency = tape.gradient(score, image)
print("saliency", saliency)
