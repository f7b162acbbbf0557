using CircuitGrid.Models.Files;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace CircuitGrid.Client.Hosting;

/// <summary>
/// Makes a console show only <see cref="VisibleText"/>, whatever it is given: names, paths and messages from outside come to it in many places.
/// The console's own codes, for colours and the cursor, pass.
/// </summary>
internal static class VisibleConsole
{
    /// <summary>
    /// Guards a console. It has to be done before anything else is attached: hooks run from the last attached to the first, so that this one sees
    /// what live displays and progress bars, which attach themselves while they run, have put there.
    /// </summary>
    public static IAnsiConsole Guard(IAnsiConsole console)
    {
        console.Pipeline.Attach(new Hook());
        return console;
    }

    private sealed class Hook : IRenderHook
    {
        public IEnumerable<IRenderable> Process(RenderOptions options, IEnumerable<IRenderable> renderables) => renderables.Select(r => new Visible(r));
    }

    /// <summary>What is shown, with its texts made visible. It is laid out before, so that a line may get longer than the console is wide.</summary>
    private sealed class Visible(IRenderable shown) : IRenderable
    {
        public Measurement Measure(RenderOptions options, int maxWidth) => shown.Measure(options, maxWidth);

        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => shown.Render(options, maxWidth).Select(Of);

        private static Segment Of(Segment segment)
        {
            if (segment.IsControlCode)
            {
                return segment;
            }

            var (text, link) = (VisibleText.Of(segment.Text), segment.Style.Link is { } address ? VisibleText.OnOneLine(address) : null);
            return ReferenceEquals(text, segment.Text) && ReferenceEquals(link ?? "", segment.Style.Link ?? "")
                ? segment
                : new(text, new(segment.Style.Foreground, segment.Style.Background, segment.Style.Decoration, link));
        }
    }
}
