import tensorflow as tf

tf.keras.utils.set_random_seed(13)
backbone = tf.keras.Sequential([tf.keras.layers.Dense(6, activation="relu"), tf.keras.layers.Dense(4)])
backbone.trainable = False
head = tf.keras.layers.Dense(2)
model = tf.keras.Sequential([backbone, head])
x, y = tf.random.normal((6, 3)), tf.random.normal((6, 2))
model(x)
optimizer = tf.keras.optimizers.SGD(0.1)
for _ in range(2):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x) - y) ** 2)
    optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
    print(loss.numpy(), len(model.trainable_variables), len(backbone.non_trainable_variables))
