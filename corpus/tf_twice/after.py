import tensorflow as tf

tf.keras.utils.set_random_seed(71)
picture = tf.keras.Input((10, 10, 2))
hidden = tf.keras.layers.Conv2D(4, 3, strides=2, activation="relu", name="last_conv")(picture)
scores = tf.keras.layers.Dense(3)(tf.keras.layers.GlobalAveragePooling2D()(hidden))
classifier = tf.keras.Model(picture, scores)
extractor = tf.keras.Model(picture, [classifier.get_layer("last_conv").output, classifier.output])
batch = tf.random.normal((2, 10, 10, 2))
with tf.GradientTape() as tape:
    maps, outputs = extractor(batch)
    winner = tf.reduce_max(outputs, axis=1)
slopes = tape.gradient(winner, maps)
heat = tf.reduce_sum(tf.reduce_mean(slopes, axis=(1, 2))[:, None, None] * maps, axis=-1)
print("heat", tf.reduce_mean(heat).numpy())
