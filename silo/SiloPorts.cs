using System.Globalization;
using System.Net;
using System.Net.Sockets;
using CircuitGrid.Compute;

namespace CircuitGrid.Silo;

/// <summary>
/// The silo's three ports, which no other process may have. Orleans lets several processes listen on one port, and a second silo on a port declares the first
/// dead: so each is claimed before anything else is touched. A claim is a socket's name in the machine's network, which goes with the process however it ends;
/// two silos that start at once can't both have it.
/// </summary>
internal sealed class SiloPorts : IDisposable
{
    private readonly List<Socket> claims = [];

    private SiloPorts()
    {
    }

    /// <exception cref="InvalidInputException">A port is taken, or can't be had, or two are the same.</exception>
    public static SiloPorts Claim(SiloSettings settings)
    {
        var ports = new SiloPorts();
        try
        {
            ports.Claim("--silo-port", settings.Address, settings.SiloPort);
            ports.Claim("--gateway-port", settings.Address, settings.GatewayPort);
            if (settings.Server.Port != 0)
            {
                ports.Claim("--http-port", settings.Server.Address, settings.Server.Port);
            }

            return ports;
        }
        catch
        {
            ports.Dispose();
            throw;
        }
    }

    public void Dispose() => claims.ForEach(c => c.Dispose());

    private void Claim(string option, IPAddress address, int port)
    {
        var place = string.Create(CultureInfo.InvariantCulture, $"{option} {port}");
        if (port is < 1 or > ushort.MaxValue)
        {
            throw new InvalidInputException(place, "is no port; it is a number from 1 to 65535");
        }

        // only Linux has such names; elsewhere the port alone tells
        if (OperatingSystem.IsLinux() && !TryHold(string.Create(CultureInfo.InvariantCulture, $"\0circuitgrid-silo/{port}/{address}")))
        {
            throw Taken(place, address);
        }

        using var probe = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            probe.Bind(new IPEndPoint(address, port));
            probe.Listen(1);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw Taken(place, address);
        }
        catch (SocketException e)
        {
            throw new InvalidInputException(place, $"can't be listened on at {address}: {e.Message.TrimEnd('.')}", e);
        }
    }

    private bool TryHold(string name)
    {
        var claim = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        claims.Add(claim);
        try
        {
            claim.Bind(new UnixDomainSocketEndPoint(name));
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            return false;
        }
    }

    private static InvalidInputException Taken(string place, IPAddress address) =>
        new(place, $"is taken at {address}: another silo or program listens there; give this one a port of its own, or end the other first");
}
