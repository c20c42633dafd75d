//! A small Gaussian mixture over colours: what the thing, or what is around it, is made of.
//!
//! Fitted without chance, so that the same picture always gives the same outline: one cloud is split across its widest
//! direction until there are enough, as by Orchard and Bouman (1991), and each colour belongs to its likeliest cloud.

/// A colour: lightness and two opponent axes, in units of CIELAB.
pub type Colour = [f32; 3];

/// The least variance of a cloud along any axis: what the eye does not tell apart is alike.
const LEAST_VARIANCE: f32 = 6.0;
/// How often the clouds are moved once all are there.
const ROUNDS: usize = 3;

/// One cloud of colours.
#[derive(Clone)]
struct Cloud {
    mean: Colour,
    covariance: [[f32; 3]; 3],
    /// The inverse of the covariance's lower triangular root.
    whitening: [[f32; 3]; 3],
    /// Logarithm of its share, less that of the root of its covariance's determinant.
    height: f32,
}

impl Cloud {
    /// The cloud of these colours, of which there are so many in all.
    fn of<'a>(colours: impl Iterator<Item = &'a Colour> + Clone, all: usize) -> Self {
        let count = colours.clone().count().max(1);
        let scale = 1.0 / count as f64;
        let mut mean = [0.0_f64; 3];
        colours.clone().for_each(|colour| (0..3).for_each(|i| mean[i] += f64::from(colour[i]) * scale));
        let mut spread = [[0.0_f64; 3]; 3];
        for colour in colours {
            let away: [f64; 3] = std::array::from_fn(|i| f64::from(colour[i]) - mean[i]);
            (0..3).for_each(|i| (0..3).for_each(|j| spread[i][j] += away[i] * away[j] * scale));
        }
        (0..3).for_each(|i| spread[i][i] += f64::from(LEAST_VARIANCE));
        let covariance = spread.map(|row| row.map(|value| value as f32));
        let (whitening, log_root) = whitening(&covariance);
        let height = (count as f32 / all.max(1) as f32).ln() - log_root;
        Self { mean: mean.map(|value| value as f32), covariance, whitening, height }
    }

    /// The logarithm of its density, without the constant that all clouds share.
    fn log_density(&self, colour: &Colour) -> f32 {
        let [x, y, z] = std::array::from_fn(|i| colour[i] - self.mean[i]);
        let w = &self.whitening;
        let (a, b, c) = (w[0][0] * x, w[1][0] * x + w[1][1] * y, w[2][0] * x + w[2][1] * y + w[2][2] * z);
        self.height - 0.5 * (a * a + b * b + c * c)
    }

    /// The direction in which it is widest, and its variance there, by the power method.
    fn widest(&self) -> (Colour, f32) {
        let s = &self.covariance;
        let mut axis = [1.0, 0.9, 1.1];
        let mut length = 0.0;
        for _ in 0..12 {
            let next: Colour = std::array::from_fn(|i| (0..3).map(|j| s[i][j] * axis[j]).sum());
            length = next.iter().map(|v| v * v).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
            axis = next.map(|v| v / length);
        }
        (axis, length)
    }
}

/// The inverse of the lower triangular root of a covariance, and the logarithm of the root's determinant.
fn whitening(s: &[[f32; 3]; 3]) -> ([[f32; 3]; 3], f32) {
    let root = |value: f32| value.max(LEAST_VARIANCE * 0.1).sqrt();
    let a = root(s[0][0]);
    let (b, d) = (s[1][0] / a, s[2][0] / a);
    let c = root(s[1][1] - b * b);
    let e = (s[2][1] - d * b) / c;
    let f = root(s[2][2] - d * d - e * e);
    let inverse = [
        [1.0 / a, 0.0, 0.0],
        [-b / (a * c), 1.0 / c, 0.0],
        [(b * e - c * d) / (a * c * f), -e / (c * f), 1.0 / f],
    ];
    (inverse, (a * c * f).ln())
}

/// How likely colours are.
pub struct Mixture {
    clouds: Vec<Cloud>,
}

impl Mixture {
    /// Fits at most so many clouds; `None` to no colours.
    pub fn fit(colours: &[Colour], clouds: usize) -> Option<Self> {
        if colours.is_empty() {
            return None;
        }
        let all = colours.len();
        let mut of = vec![0_usize; all];
        let mut mixture = Self { clouds: vec![Cloud::of(colours.iter(), all)] };
        while mixture.clouds.len() < clouds {
            let share = |cloud: &Cloud| cloud.widest().1;
            let wide = (0..mixture.clouds.len())
                .max_by(|&a, &b| share(&mixture.clouds[a]).total_cmp(&share(&mixture.clouds[b])));
            let Some(wide) = wide else { break };
            let (axis, variance) = mixture.clouds[wide].widest();
            if variance < LEAST_VARIANCE * 1.5 {
                break;
            }
            let mean = mixture.clouds[wide].mean;
            let new = mixture.clouds.len();
            for (colour, of) in colours.iter().zip(&mut of).filter(|(_, of)| **of == wide) {
                let along: f32 = (0..3).map(|i| (colour[i] - mean[i]) * axis[i]).sum();
                if along > 0.0 {
                    *of = new;
                }
            }
            mixture.clouds.push(mixture.clouds[wide].clone());
            mixture.settle(colours, &of);
        }
        for _ in 0..ROUNDS {
            for (colour, of) in colours.iter().zip(&mut of) {
                *of = mixture.likeliest(colour).0;
            }
            mixture.settle(colours, &of);
        }
        Some(mixture)
    }

    /// Moves every cloud to the colours that belong to it; one with hardly any keeps its shape and weighs next to
    /// nothing.
    fn settle(&mut self, colours: &[Colour], of: &[usize]) {
        for (index, cloud) in self.clouds.iter_mut().enumerate() {
            let own = colours.iter().zip(of).filter(|(_, of)| **of == index).map(|(colour, _)| colour);
            if own.clone().take(4).count() == 4 {
                *cloud = Cloud::of(own, colours.len());
            } else {
                cloud.height = -30.0;
            }
        }
    }

    fn likeliest(&self, colour: &Colour) -> (usize, f32) {
        let densities = self.clouds.iter().map(|cloud| cloud.log_density(colour)).enumerate();
        densities.fold((0, f32::NEG_INFINITY), |best, now| if now.1 > best.1 { now } else { best })
    }

    /// The logarithm of the density of a colour's likeliest cloud, but for a constant shared by all mixtures.
    pub fn log_density(&self, colour: &Colour) -> f32 {
        self.likeliest(colour).1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_clouds_are_found_and_likelier_where_they_are() {
        let noise = |i: usize| ((i * 7919) % 13) as f32 - 6.0;
        let dark = (0..100).map(|i| [20.0 + noise(i), noise(i + 3), noise(i + 5)]);
        let light = (0..300).map(|i| [80.0 + noise(i), 40.0 + noise(i + 1), noise(i + 2)]);
        let mixture = Mixture::fit(&dark.chain(light).collect::<Vec<_>>(), 2).unwrap();
        let at = |colour| mixture.log_density(&colour);
        assert!(at([80.0, 40.0, 0.0]) > at([20.0, 0.0, 0.0]));
        assert!(at([20.0, 0.0, 0.0]) > at([50.0, 20.0, 0.0]) + 4.0);
        assert!(Mixture::fit(&[], 2).is_none());
        assert!(Mixture::fit(&[[50.0, 0.0, 0.0]; 9], 5).unwrap().log_density(&[50.0, 0.0, 0.0]).is_finite());
    }
}
