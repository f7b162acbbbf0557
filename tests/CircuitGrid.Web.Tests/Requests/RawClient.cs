using System.Net;
using System.Net.Sockets;
using System.Text;

namespace CircuitGrid.Web.Tests.Requests;

/// <summary>Connections of clients that don't do as HTTP says.</summary>
internal static class RawClient
{
    /// <summary>Connects and sends nothing.</summary>
    /// <param name="address">The server.</param>
    /// <param name="receiveBuffer">Bytes that the system takes for a client that doesn't read.</param>
    public static async Task<Socket> ConnectAsync(Uri address, int receiveBuffer = 0)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer > 0)
        {
            socket.ReceiveBufferSize = receiveBuffer;
        }

        await socket.ConnectAsync(IPAddress.Parse(address.Host), address.Port);
        return socket;
    }

    public static Task SendAsync(Socket socket, string text) => SendAsync(socket, Encoding.Latin1.GetBytes(text));

    /// <summary>Sends what the server takes of it: it may answer and close before the end.</summary>
    public static async Task SendAsync(Socket socket, byte[] bytes)
    {
        try
        {
            await socket.SendAsync(bytes);
        }
        catch (SocketException)
        {
            // closed by the server
        }
    }

    /// <summary>Everything that comes until the server closes the connection.</summary>
    public static async Task<string> ReadToEndAsync(Socket socket)
    {
        using var patience = new CancellationTokenSource(BareServer.Patience);
        var text = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(buffer, patience.Token) is > 0 and var count)
            {
                text.Append(Encoding.Latin1.GetString(buffer, 0, count));
            }
        }
        catch (SocketException)
        {
            // closed at once
        }

        return text.ToString();
    }
}
