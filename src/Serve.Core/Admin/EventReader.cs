using System.Text;
using System.Text.Json;

namespace Serve.Admin;

/// <summary>Reads the stream of events that a server sends.</summary>
internal sealed class EventReader(HttpResponseMessage response, Stream stream) : IDisposable
{
    private const string Data = "data: ";

    private readonly StreamReader _lines = new(stream, Encoding.UTF8);

    /// <summary>The next event, or null where the server has ended the stream.</summary>
    /// <exception cref="AdminException">The connection broke.</exception>
    public async Task<ServeEvent?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await _lines.ReadLineAsync(cancellationToken) is { } line)
            {
                // Each event is one line of data; what else there is repeats parts of it.
                if (line.StartsWith(Data, StringComparison.Ordinal))
                    return JsonSerializer.Deserialize(line[Data.Length..], EventJson.Default.ServeEvent);
            }

            return null;
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            throw new AdminException($"The stream of events broke: {exception.Message}", exception);
        }
    }

    public void Dispose()
    {
        _lines.Dispose();
        response.Dispose();
    }
}
