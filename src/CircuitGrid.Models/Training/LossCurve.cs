using System.Globalization;
using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Training;

/// <summary>Draws the loss of a suite's finished models over the steps, both axes logarithmic, as <c>loss.svg</c>.</summary>
internal static class LossCurve
{
    private const int Width = 640;
    private const int Height = 320;
    private const int Left = 44;
    private const int Bottom = 36;
    private const double LowestLoss = 1;
    private const double HighestLoss = 8;

    // Okabe and Ito's palette: told apart by colour-blind readers too, on light and dark ground.
    private static readonly string[] colours = ["#0072B2", "#D55E00", "#009E73"];

    /// <summary>Draws every model of the folder that is finished.</summary>
    /// <exception cref="InvalidInputException">A record can't be read, or the picture not be written.</exception>
    public static void Write(string folder)
    {
        var models = NanoSuite.ModelNames
            .Select((name, i) => (Name: name, Colour: colours[i], Path: Path.Combine(folder, name, TrainingRecord.FileName)))
            .Where(m => File.Exists(m.Path))
            .Select(m => (m.Name, m.Colour, Record: TrainingRecord.Read(m.Path)))
            .ToArray();
        var lastStep = models.Max(m => m.Record.Steps);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#777\">\n");
        svg.Append("<title>Training loss of the nano suite</title>\n");
        foreach (var loss in (double[])[1, 2, 4, 8])
        {
            svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{Left} {Y(loss):f1}H{Width - 8}\" stroke=\"#999\" stroke-opacity=\".35\"/><text x=\"{Left - 6}\" y=\"{Y(loss) + 4:f1}\" text-anchor=\"end\">{loss}</text>\n");
        }

        for (var step = 10; step <= lastStep; step *= 10)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(step, lastStep):f1}\" y=\"{Height - Bottom + 16}\" text-anchor=\"middle\">{step}</text>\n");
        }

        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{(Left + Width) / 2}\" y=\"{Height - 4}\" text-anchor=\"middle\">step</text><text x=\"{Left}\" y=\"12\">loss, nats a token</text>\n");
        for (var i = 0; i < models.Length; i++)
        {
            var points = models[i].Record.Loss.Select((loss, window) => Point((window + 0.5) * TrainingRecord.Window, loss, lastStep));
            svg.Append(CultureInfo.InvariantCulture, $"<polyline fill=\"none\" stroke=\"{models[i].Colour}\" stroke-width=\"1.5\" points=\"{string.Join(' ', points)}\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Width - 70}\" y=\"{28 + (16 * i)}\" fill=\"{models[i].Colour}\">{models[i].Name}</text>\n");
        }

        svg.Append("</svg>\n");
        OutputFile.Write(Path.Combine(folder, "loss.svg"), stream => stream.Write(Encoding.UTF8.GetBytes(svg.ToString())));
    }

    private static string Point(double step, double loss, int lastStep) =>
        string.Create(CultureInfo.InvariantCulture, $"{X(step, lastStep):f1},{Y(loss):f1}");

    private static double X(double step, int lastStep)
    {
        const double FirstStep = TrainingRecord.Window / 2.0;
        return Left + ((Width - 8 - Left) * Math.Log(Math.Max(step, FirstStep) / FirstStep) / Math.Log(Math.Max(lastStep / FirstStep, 1.01)));
    }

    private static double Y(double loss)
    {
        var share = Math.Log(Math.Clamp(loss, LowestLoss, HighestLoss) / LowestLoss) / Math.Log(HighestLoss / LowestLoss);
        return Height - Bottom - ((Height - Bottom - 18) * share);
    }
}
