using Serve.Wire.Hop;

namespace Serve.Tests.Core.Wire.Hop;

/// <summary>A client that cares about its answers only.</summary>
internal sealed class NoEvents : IHopClientEvents
{
    public void OnLoad(int ongoing)
    {
    }

    public void OnFree()
    {
    }

    public void OnNotice(byte kind, ReadOnlySpan<byte> blob)
    {
    }

    public void OnDraining()
    {
    }

    public void OnLost()
    {
    }
}
