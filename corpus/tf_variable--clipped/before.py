import tensorflow as tf

tf.keras.utils.set_random_seed(17)
features = tf.keras.Sequential([tf.keras.layers.Input((12, 12, 3)), tf.keras.layers.Conv2D(4, 3, activation="relu"), tf.keras.layers.Conv2D(6, 3)])
features.trainable = False


def gram(f):
    f = tf.reshape(f, (-1, f.shape[-1]))
    return tf.matmul(f, f, transpose_a=True) / tf.cast(tf.shape(f)[0], tf.float32)


style = gram(features(tf.random.uniform((1, 12, 12, 3))))
content = features(tf.random.uniform((1, 12, 12, 3)))
picture = tf.Variable(tf.random.uniform((1, 12, 12, 3)))

for step in range(3):
    with tf.GradientTape() as tape:
        out = features(picture)
        loss = tf.reduce_mean((gram(out) - style) ** 2) + 0.1 * tf.reduce_mean((out - content) ** 2)
    grad = tape.gradient(loss, picture)
    picture = picture - 0.5 * grad
    picture = tf.clip_by_value(picture, 0.0, 1.0)
    print(step, float(loss))
