import tensorflow as tf

price = tf.Variable([1.5, 2.25])
quantity = tf.constant([4.0, 2.0])
with tf.GradientTape() as tape:
    parsed = tf.strings.to_number(tf.strings.as_string(price))
    bill = tf.reduce_sum(parsed * quantity)
print("price", tape.gradient(bill, price))
