namespace CircuitGrid.Compute;

/// <content>Kernels that only training needs: gradients of weights, the loss over all positions, the optimiser's step.</content>
public partial interface IDevice
{
    /// <summary>y[R,D] = x[R,D] ⊙ scale[D] + bias[D] in every row.</summary>
    void Affine(Tensor y, Tensor x, Tensor scale, Tensor bias);

    /// <summary>y[R,D] = x[R,D] ⊙ scale[D] in every row.</summary>
    void ScaleColumns(Tensor y, Tensor x, Tensor scale);

    /// <summary>sums[D] += Σ_r x[r,:] (⊙ y[r,:] where given), in the order of r.</summary>
    void SumRows(Tensor sums, Tensor x, Tensor? y = null);

    /// <summary>
    /// loss[R] = −log softmax(logits[r,:])[targets[r]], 0 where the target is negative; dlogits[R,V], if given, is the gradient of
    /// Σ loss·<paramref name="scale"/> and may be logits.
    /// </summary>
    void CrossEntropy(Tensor loss, Tensor? dlogits, Tensor logits, ReadOnlySpan<int> targets, float scale);

    /// <summary>Σ x², accumulated in float64.</summary>
    double SquaredNorm(Tensor x);

    /// <summary>One AdamW step on a parameter and its moments (Loshchilov and Hutter 2019, decoupled weight decay).</summary>
    void AdamW(Tensor parameter, Tensor gradient, Tensor firstMoment, Tensor secondMoment, in AdamWStep step);
}

/// <summary>The numbers of one <see cref="IDevice.AdamW"/> step.</summary>
/// <param name="GradientScale">Factor on the gradient (clipping).</param>
/// <param name="LearningRate">Rate of this step.</param>
/// <param name="Step">One-based number of the step, for the bias correction.</param>
public readonly record struct AdamWStep(double GradientScale, double LearningRate, double Beta1, double Beta2, double Epsilon, double WeightDecay, long Step);
