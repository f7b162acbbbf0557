using CircuitGrid.Compute;

namespace CircuitGrid.Models.Architectures.Weights;

/// <summary>
/// The same model in the form in which a head's weights can be read on their own (docs/method.md, processed weights): norms folded; behind
/// LayerNorms, everything that reads the residual stream blind to its mean, and everything that writes to it writing none; the unembedding without
/// its mean over the vocabulary; value biases in b_O. Attention patterns and all differences of logits stay what they are, while the logits of a
/// position move by a common amount. RMSNorm keeps the mean, so nothing is centred there; a cap on logits doesn't let them move together, so the
/// unembedding stays; and value biases stay where queries, keys and values are bounded, for what is bounded has them in it. Sums in float64.
/// </summary>
internal sealed class ProcessedWeights(IModelMatrices folded) : IModelMatrices
{
    public ModelConfig Config => folded.Config;

    public IMatrixSource Embedding => Centres ? new CentredRows(folded.Embedding) : folded.Embedding;

    public float[]? ReadPositions()
    {
        var positions = folded.ReadPositions();
        if (positions is not null && Centres)
        {
            CentreRows(positions, Config.Width);
        }

        return positions;
    }

    public LayerMatrices ReadLayer(int layer)
    {
        var source = folded.ReadLayer(layer);
        var (qkv, output) = (ReadAll(source.QueryKeyValue), ReadAll(source.Output));
        float[] qkvBias = [.. source.QueryKeyValue.Bias];
        var outputBias = Config.QueryKeyValueLimit == 0 ? MoveValueBias(qkvBias, output, source.OutputBias) : [.. source.OutputBias];
        var (mlpIn, mlpOut) = (ReadAll(source.MlpIn), ReadAll(source.MlpOut));
        float[] mlpOutBias = [.. source.MlpOutBias];
        if (Centres)
        {
            CentreRows(qkv, Config.Width);
            CentreRows(output, Config.Width);
            CentreRows(outputBias, Config.Width);
            CentreRows(mlpIn, Config.Width);
            CentreColumns(mlpOut, Config.MlpWidth);
            CentreRows(mlpOutBias, Config.Width);
        }

        return source with
        {
            QueryKeyValue = new BiasedArray(qkv, Config.Width, qkvBias),
            Output = new ArrayMatrix(output, Config.QueryWidth, Config.Width),
            OutputBias = outputBias,
            MlpIn = new BiasedArray(mlpIn, Config.Width, source.MlpIn.Bias),
            MlpOut = new ArrayMatrix(mlpOut, Config.Width, Config.MlpWidth),
            MlpOutBias = mlpOutBias,
        };
    }

    public IBiasedMatrix ReadUnembedding() => Config.LogitCap == 0 ? new CentredUnembedding(folded.ReadUnembedding(), Centres) : folded.ReadUnembedding();

    /// <summary>Whether nothing that the stream's mean does is seen by anybody.</summary>
    private bool Centres => Config.Norms is { Centres: true, Placement: NormPlacement.Before };

    /// <summary>
    /// b_O + Σ_h b_V,g(h)·W_O,h with g(h) the key head that h reads, which is what value biases come to because attention weights sum to 1; b_V becomes 0.
    /// </summary>
    private float[] MoveValueBias(float[] qkvBias, float[] output, float[] outputBias)
    {
        var (width, headWidth) = (Config.Width, Config.HeadWidth);
        var values = qkvBias.AsSpan(Config.QueryWidth + Config.KeyWidth, Config.KeyWidth);
        var moved = Array.ConvertAll(outputBias, b => (double)b);
        for (var unit = 0; unit < Config.QueryWidth; unit++)
        {
            var value = (double)values[(unit / headWidth / Config.HeadsPerKey * headWidth) + (unit % headWidth)];
            for (var d = 0; d < width; d++)
            {
                moved[d] += value * output[(unit * width) + d];
            }
        }

        values.Clear();
        return Array.ConvertAll(moved, b => (float)b);
    }

    private static float[] ReadAll(IMatrixSource matrix)
    {
        var values = new float[checked(matrix.Rows * matrix.Columns)];
        matrix.CopyRows(0, values);
        return values;
    }

    private static void CentreRows(Span<float> values, int columns)
    {
        for (var start = 0; start < values.Length; start += columns)
        {
            var row = values.Slice(start, columns);
            var mean = 0.0;
            foreach (var value in row)
            {
                mean += value;
            }

            mean /= columns;
            foreach (ref var value in row)
            {
                value = (float)(value - mean);
            }
        }
    }

    private static void CentreColumns(Span<float> values, int columns)
    {
        var means = new double[columns];
        AddRows(values, means);
        var rows = values.Length / columns;
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (float)(values[i] - (means[i % columns] / rows));
        }
    }

    private static void AddRows(ReadOnlySpan<float> rows, double[] sums)
    {
        for (var i = 0; i < rows.Length; i++)
        {
            sums[i % sums.Length] += rows[i];
        }
    }

    private sealed class CentredRows(IMatrixSource matrix) : IMatrixSource
    {
        public int Rows => matrix.Rows;

        public int Columns => matrix.Columns;

        public void CopyRows(int firstRow, Span<float> destination)
        {
            matrix.CopyRows(firstRow, destination);
            ProcessedWeights.CentreRows(destination, Columns);
        }
    }

    private sealed class BiasedArray(float[] values, int columns, float[] bias) : IBiasedMatrix
    {
        public int Rows => bias.Length;

        public int Columns => columns;

        public float[] Bias => bias;

        public void CopyRows(int firstRow, Span<float> destination) => values.AsSpan(firstRow * columns, destination.Length).CopyTo(destination);
    }

    /// <summary>
    /// U with its mean over each row, where it can't be seen, and then over the vocabulary taken out, b_U with its mean; reads U twice instead of keeping it.
    /// </summary>
    private sealed class CentredUnembedding : IBiasedMatrix
    {
        private readonly IMatrixSource rows;
        private readonly double[] means;

        public CentredUnembedding(IBiasedMatrix unembedding, bool centresRows)
        {
            rows = centresRows ? new CentredRows(unembedding) : unembedding;
            means = new double[Columns];
            var step = Math.Clamp((1 << 18) / Columns, 1, Rows);
            var buffer = new float[step * Columns];
            for (var first = 0; first < Rows; first += step)
            {
                var values = buffer.AsSpan(0, Math.Min(step, Rows - first) * Columns);
                rows.CopyRows(first, values);
                AddRows(values, means);
            }

            for (var d = 0; d < means.Length; d++)
            {
                means[d] /= Rows;
            }

            Bias = [.. unembedding.Bias];
            ProcessedWeights.CentreRows(Bias, Bias.Length);
        }

        public int Rows => rows.Rows;

        public int Columns => rows.Columns;

        public float[] Bias { get; }

        public void CopyRows(int firstRow, Span<float> destination)
        {
            rows.CopyRows(firstRow, destination);
            for (var i = 0; i < destination.Length; i++)
            {
                destination[i] = (float)(destination[i] - means[i % Columns]);
            }
        }
    }
}
