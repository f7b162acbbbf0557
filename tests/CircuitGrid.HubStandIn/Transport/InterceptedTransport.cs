using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace CircuitGrid.HubStandIn.Transport;

/// <summary>A connection's transport through which bytes can be sent that are no HTTP answer; what the server writes after them is swallowed.</summary>
internal sealed class InterceptedTransport : IDuplexPipe
{
    private readonly SwallowingWriter output;

    private InterceptedTransport(IDuplexPipe inner)
    {
        Input = inner.Input;
        output = new(inner.Output);
    }

    public PipeReader Input { get; }

    public PipeWriter Output => output;

    /// <summary>Puts one around a connection's transport.</summary>
    public static ConnectionDelegate Intercept(ConnectionDelegate next) => connection =>
    {
        var transport = new InterceptedTransport(connection.Transport);
        connection.Transport = transport;
        connection.Items[typeof(InterceptedTransport)] = transport;
        return next(connection);
    };

    public static InterceptedTransport Of(IDictionary<object, object?> items) => (InterceptedTransport)items[typeof(InterceptedTransport)]!;

    public Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation) => output.SendLastAsync(bytes, cancellation);
}
