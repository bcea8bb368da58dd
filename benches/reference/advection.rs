//! Linear advection by Tsit5 as plain loops over vectors: one pass over memory for each stage's argument, one for its slope.
//! The yardstick for what a large system may cost.

/// Upwind differences of `u_t + u_x = 0` on the periodic unit interval.
pub fn slope(u: &[f64], du: &mut [f64]) {
    let n = u.len();
    let scale = n as f64;
    du[0] = scale * (u[n - 1] - u[0]);
    for (du, pair) in du[1..].iter_mut().zip(u.windows(2)) {
        *du = scale * (pair[0] - pair[1]);
    }
}

/// `out = y + sum of w_j k_j`, in one pass.
fn combine<const K: usize>(out: &mut [f64], y: &[f64], w: [f64; K], k: [&[f64]; K]) {
    let n = out.len();
    let (y, k) = (&y[..n], k.map(|k| &k[..n]));
    for i in 0..n {
        let mut sum = y[i];
        for j in 0..K {
            sum += w[j] * k[j][i];
        }
        out[i] = sum;
    }
}

/// `steps` steps of size `h`.
pub fn tsit5(y: &mut Vec<f64>, h: f64, steps: usize) {
    let n = y.len();
    let zeros = || vec![0.0; n];
    let (mut k1, mut k2, mut k3, mut k4, mut k5, mut k6) = (zeros(), zeros(), zeros(), zeros(), zeros(), zeros());
    let (mut k7, mut argument) = (zeros(), zeros());
    slope(y, &mut k1);
    for _ in 0..steps {
        combine(&mut argument, y, [0.161 * h], [&k1]);
        slope(&argument, &mut k2);
        let w = [-0.008480655492356989, 0.335480655492357].map(|w| w * h);
        combine(&mut argument, y, w, [&k1, &k2]);
        slope(&argument, &mut k3);
        let w = [2.8971530571054935, -6.359448489975075, 4.3622954328695815].map(|w| w * h);
        combine(&mut argument, y, w, [&k1, &k2, &k3]);
        slope(&argument, &mut k4);
        let w = [5.325864828439257, -11.748883564062828, 7.4955393428898365, -0.09249506636175525].map(|w| w * h);
        combine(&mut argument, y, w, [&k1, &k2, &k3, &k4]);
        slope(&argument, &mut k5);
        let w = [5.86145544294642, -12.92096931784711, 8.159367898576159, -0.071584973281401, -0.028269050394068383];
        combine(&mut argument, y, w.map(|w| w * h), [&k1, &k2, &k3, &k4, &k5]);
        slope(&argument, &mut k6);
        let first = [0.09646076681806523, 0.01, 0.4798896504144996];
        let [a, b, c] = first.map(|w| w * h);
        let [d, e, f] = [1.379008574103742, -3.290069515436081, 2.324710524099774].map(|w| w * h);
        combine(&mut argument, y, [a, b, c, d, e, f], [&k1, &k2, &k3, &k4, &k5, &k6]);
        slope(&argument, &mut k7);
        std::mem::swap(y, &mut argument);
        std::mem::swap(&mut k1, &mut k7);
    }
}
