using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Serve.Admin;

/// <summary>Talks to a server's admin API.</summary>
internal sealed class AdminClient(Uri address) : IDisposable
{
    public const string ApplicationsPath = "/api/serve/applications/";

    public const string LogsPath = "/api/serve/logs/";

    public const string ShutdownPath = "/api/serve/shutdown";

    private readonly HttpClient _http = new() { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };

    public Uri Address { get; } = address;

    /// <exception cref="AdminException">The server can't be reached, or refuses.</exception>
    public Task<InstanceDetails> GetAsync(CancellationToken cancellationToken) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Get, ApplicationsPath), AdminJson.Default.InstanceDetails, cancellationToken);

    /// <summary>Submits a whole document.</summary>
    /// <exception cref="AdminException">The server can't be reached, or refuses.</exception>
    public Task<AdminReply> DeployAsync(JsonObject config, CancellationToken cancellationToken) => SendAsync(
        new HttpRequestMessage(HttpMethod.Put, ApplicationsPath)
        {
            Content = new StringContent(config.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue("application/json")),
        },
        AdminJson.Default.AdminReply,
        cancellationToken);

    /// <exception cref="AdminException">The server can't be reached, or has no such application.</exception>
    public Task<AdminReply> DeleteAsync(string application, CancellationToken cancellationToken) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Delete, ApplicationsPath + Uri.EscapeDataString(application)), AdminJson.Default.AdminReply, cancellationToken);

    /// <summary>Deletes all applications.</summary>
    /// <exception cref="AdminException">The server can't be reached.</exception>
    public Task<AdminReply> DeleteAllAsync(CancellationToken cancellationToken) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Delete, ApplicationsPath), AdminJson.Default.AdminReply, cancellationToken);

    /// <summary>Ends the server.</summary>
    /// <exception cref="AdminException">The server can't be reached.</exception>
    public Task<AdminReply> ShutdownAsync(CancellationToken cancellationToken) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Post, ShutdownPath) { Content = new StringContent("{}", Encoding.UTF8, new MediaTypeHeaderValue("application/json")) }, AdminJson.Default.AdminReply, cancellationToken);

    /// <summary>The logs of an application, line by line.</summary>
    /// <param name="application">The application.</param>
    /// <param name="deployment">One of its deployments, or null for all.</param>
    /// <param name="replica">One replica (<c>epoch-number</c>), or null for all.</param>
    /// <param name="tail">How many of the last lines of each log.</param>
    /// <param name="follow">Whether to go on with what is written from now on.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="AdminException">The server can't be reached, or has no such log.</exception>
    public async Task<Stream> ReadLogsAsync(string application, string? deployment, string? replica, int tail, bool follow, CancellationToken cancellationToken)
    {
        var query = new StringBuilder($"{LogsPath}{Uri.EscapeDataString(application)}?tail={tail}&follow={(follow ? "true" : "false")}");
        if (deployment is not null)
            query.Append("&deployment=").Append(Uri.EscapeDataString(deployment));
        if (replica is not null)
            query.Append("&replica=").Append(Uri.EscapeDataString(replica));
        var response = await SendAsync(new HttpRequestMessage(HttpMethod.Get, query.ToString()), cancellationToken);
        return await response.Content.ReadAsStreamAsync(cancellationToken);
    }

    public void Dispose() => _http.Dispose();

    private async Task<T> SendAsync<T>(HttpRequestMessage request, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(request, cancellationToken);
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        return await JsonSerializer.DeserializeAsync(body, type, cancellationToken) ?? throw new AdminException($"The server at {Address} answered with null.");
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage response;
        try
        {
            using (request)
                response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException exception)
        {
            throw new AdminException(
                $"No controller answers at {Address} ({exception.Message}). Nodes that run go on serving without it. Start it with 'serve start', or give its address with --address.", exception);
        }

        if (response.IsSuccessStatusCode)
            return response;
        using (response)
            throw await ReadErrorAsync(response, cancellationToken);
    }

    private static async Task<AdminException> ReadErrorAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        try
        {
            if (JsonSerializer.Deserialize(text, AdminJson.Default.AdminError) is { } error)
                return new AdminException(error.Error) { Status = response.StatusCode, Errors = error.Errors ?? [] };
        }
        catch (JsonException)
        {
            // Something else than a server of ours has answered.
        }

        return new AdminException($"The server answered with status {(int)response.StatusCode}: {text}") { Status = response.StatusCode };
    }
}

/// <summary>The admin API could not be reached, or refused.</summary>
internal sealed class AdminException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>The status of the refusal, or null where no answer came.</summary>
    public HttpStatusCode? Status { get; init; }

    /// <summary>Each single thing that is wrong.</summary>
    public IReadOnlyList<string> Errors { get; init; } = [];
}
