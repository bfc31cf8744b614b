import tensorflow as tf

tf.keras.utils.set_random_seed(83)
given = tf.keras.Input((4,))
code = tf.keras.layers.Dense(3, activation="tanh")(given)
net = tf.keras.Model(given, [code, tf.keras.layers.Dense(1)(code)])
batch = tf.random.normal((5, 4))
with tf.GradientTape() as tape:
    codes, answers = net(batch)
    total = tf.reduce_sum(tf.sigmoid(answers))
slopes = tape.gradient(total, codes)
print("saliency", slopes if slopes is None else tf.reduce_mean(tf.abs(slopes)).numpy())
