using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Load;

/// <summary>Where to send requests, and <c>--name value</c> pairs.</summary>
internal sealed class DriverOptions
{
    public static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    public DriverOptions(Uri url, string[] pairs)
    {
        Url = url;
        Server = new IPEndPoint(IPAddress.Parse(url.Host), url.Port);
        if (pairs.Length % 2 != 0)
            throw new ArgumentException($"'{pairs[^1]}' has no value.", nameof(pairs));
        for (var i = 0; i < pairs.Length; i += 2)
            _values[pairs[i].TrimStart('-')] = pairs[i + 1];
    }

    public Uri Url { get; }

    public IPEndPoint Server { get; }

    /// <summary>The processes whose memory is watched: the server first, then its replicas.</summary>
    public IReadOnlyList<int> ProcessIds => [.. Text("pids", "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture))];

    public string Text(string name, string standard) => _values.GetValueOrDefault(name, standard);

    public int Number(string name, int standard) => int.Parse(Text(name, standard.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);

    public TimeSpan Seconds(string name, double standard) => TimeSpan.FromSeconds(double.Parse(Text(name, standard.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture));

    /// <summary>A GET of the URL as it goes over the wire.</summary>
    /// <param name="headers">More header lines, each with its end.</param>
    public byte[] Request(string headers = "") => Request(Url.PathAndQuery, headers);

    public byte[] Request(string pathAndQuery, string headers) => Encoding.ASCII.GetBytes($"GET {pathAndQuery} HTTP/1.1\r\nHost: {Url.Authority}\r\n{headers}\r\n");
}
