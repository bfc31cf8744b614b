import tensorflow as tf

tf.keras.utils.set_random_seed(7)
features = tf.keras.Sequential([tf.keras.layers.Conv2D(4, 3, activation="relu"), tf.keras.layers.Conv2D(3, 3, activation="relu")])
head = tf.keras.Sequential([tf.keras.layers.GlobalAveragePooling2D(), tf.keras.layers.Dense(3)])
image = tf.random.normal((1, 10, 10, 1))
with tf.GradientTape() as tape:
    maps = features(image)
    logits = head(maps)
    top = tf.argmax(logits[0])
    score = logits[0, top]
importance = tf.reduce_mean(tape.gradient(score, maps), axis=(0, 1, 2))
heat = tf.nn.relu(tf.reduce_sum(maps[0] * importance, axis=-1)).numpy()
print("heat", heat.shape, heat.max() > 0)
