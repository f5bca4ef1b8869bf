using System.Net.Sockets;
using System.Net.WebSockets;

namespace Load;

/// <summary>Counts what fails, and keeps the first reason.</summary>
internal sealed class ErrorCounter
{
    private int _count;
    private string? _first;

    public int Count => _count;

    public string? First => _first;

    /// <returns>Whether it succeeded.</returns>
    public async Task<bool> CatchAsync(Func<Task> action)
    {
        try
        {
            await action();
            return true;
        }
        catch (Exception exception) when (exception is IOException or SocketException or WebSocketException or OperationCanceledException)
        {
            Interlocked.Increment(ref _count);
            Interlocked.CompareExchange(ref _first, $"{exception.GetType().Name}: {exception.Message}", comparand: null);
            return false;
        }
    }
}
