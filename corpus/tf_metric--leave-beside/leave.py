import tensorflow as tf

tf.keras.utils.set_random_seed(17)
model = tf.keras.Sequential([tf.keras.layers.Dense(4, activation="relu"), tf.keras.layers.Dense(3)])
loss_function = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
accuracy = tf.keras.metrics.SparseCategoricalAccuracy()
average = tf.keras.metrics.Mean()
optimizer = tf.keras.optimizers.Adam(0.01)
x, y = tf.random.normal((9, 2)), tf.constant([0, 1, 2] * 3)
for epoch in range(2):
    with tf.GradientTape() as tape:
        logits = model(x)
        loss = loss_function(y, logits)
        accuracy.update_state(y, logits)
        average(loss)
    optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
    print(epoch, average.result().numpy(), accuracy.result().numpy())
