using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Serve.Admin;

/// <summary>Talks to a server's admin API.</summary>
/// <param name="address">Where it is.</param>
/// <param name="user">Who makes the requests, to be seen beside what they change; or null.</param>
internal sealed class AdminClient(Uri address, string? user = null) : IDisposable
{
    /// <summary>The header that says who makes a request, percent-encoded.</summary>
    public const string UserHeader = "x-serve-user";

    public const string ApplicationsPath = "/api/serve/applications/";

    public const string LogsPath = "/api/serve/logs/";

    public const string EventsPath = "/api/serve/events";

    /// <summary>The parameter of a scale request that says that an operator asks, and not a program that scales.</summary>
    public const string ManualKey = "manual";

    public const string LoadPath = "/api/v1/load";

    public const string ShutdownPath = "/api/serve/shutdown";

    private readonly HttpClient _http = new() { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };

    public Uri Address { get; } = address;

    /// <exception cref="AdminException">The server can't be reached, or refuses.</exception>
    public Task<InstanceDetails> GetAsync(CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Get, ApplicationsPath, body: null, AdminJson.Default.InstanceDetails, cancellationToken);

    /// <summary>Submits a whole document.</summary>
    /// <exception cref="AdminException">The server can't be reached, or refuses.</exception>
    public Task<AdminReply> DeployAsync(JsonObject config, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Put, ApplicationsPath, config.ToJsonString(), AdminJson.Default.AdminReply, cancellationToken);

    /// <exception cref="AdminException">The server can't be reached, or has no such application.</exception>
    public Task<AdminReply> DeleteAsync(string application, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Delete, PathOf(application), body: null, AdminJson.Default.AdminReply, cancellationToken);

    /// <summary>Deletes all applications.</summary>
    /// <exception cref="AdminException">The server can't be reached.</exception>
    public Task<AdminReply> DeleteAllAsync(CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Delete, ApplicationsPath, body: null, AdminJson.Default.AdminReply, cancellationToken);

    /// <summary>Sets the number of replicas of a deployment, as an operator.</summary>
    /// <exception cref="AdminException">The server can't be reached, or refuses.</exception>
    public Task<AdminReply> ScaleAsync(string application, string deployment, int replicas, CancellationToken cancellationToken) => SendAsync(
        HttpMethod.Post,
        $"/api/v1/applications/{Uri.EscapeDataString(application)}/deployments/{Uri.EscapeDataString(deployment)}/scale?{ManualKey}=true",
        JsonSerializer.Serialize(new ScaleRequest(replicas), AdminJson.Default.ScaleRequest),
        AdminJson.Default.AdminReply,
        cancellationToken);

    /// <summary>What the deployments have to do: those of one application, or with null all.</summary>
    /// <exception cref="AdminException">The server can't be reached, or has no such application.</exception>
    public Task<ClusterLoad> LoadAsync(string? application, CancellationToken cancellationToken) => SendAsync(
        HttpMethod.Get,
        application is null ? LoadPath : $"{LoadPath}?application={Uri.EscapeDataString(application)}",
        body: null,
        AdminJson.Default.ClusterLoad,
        cancellationToken);

    /// <summary>How a deployment's number of replicas follows its load, with the last decisions.</summary>
    /// <exception cref="AdminException">The server can't be reached, or has no such deployment.</exception>
    public Task<AutoscalingDetails> AutoscalingAsync(string application, string deployment, CancellationToken cancellationToken) => SendAsync(
        HttpMethod.Get,
        $"/api/v1/applications/{Uri.EscapeDataString(application)}/deployments/{Uri.EscapeDataString(deployment)}/autoscaling",
        body: null,
        AdminJson.Default.AutoscalingDetails,
        cancellationToken);

    /// <summary>What was changed of an application, the newest first.</summary>
    /// <exception cref="AdminException">The server can't be reached, or has no such application.</exception>
    public Task<RevisionHistory> HistoryAsync(string application, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Get, PathOf(application) + "/revisions", body: null, AdminJson.Default.RevisionHistory, cancellationToken);

    /// <summary>Goes back to a revision, or with null to the last one before this that was running.</summary>
    /// <exception cref="AdminException">The server can't be reached, or refuses.</exception>
    public Task<AdminReply> RollBackAsync(string application, long? to, CancellationToken cancellationToken) => SendAsync(
        HttpMethod.Post,
        PathOf(application) + "/rollback",
        JsonSerializer.Serialize(new RollbackRequest(to), AdminJson.Default.RollbackRequest),
        AdminJson.Default.AdminReply,
        cancellationToken);

    /// <summary>Why an application is as it is.</summary>
    /// <exception cref="AdminException">The server can't be reached, or has no such application.</exception>
    public Task<Explanation> ExplainAsync(string application, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Get, PathOf(application) + "/explain", body: null, AdminJson.Default.Explanation, cancellationToken);

    /// <summary>Why a deployment is as it is.</summary>
    /// <exception cref="AdminException">The server can't be reached, or has no such deployment.</exception>
    public Task<DeploymentExplanation> ExplainAsync(string application, string deployment, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Get, $"{PathOf(application)}/explain/{Uri.EscapeDataString(deployment)}", body: null, AdminJson.Default.DeploymentExplanation, cancellationToken);

    /// <summary>What changes from now on, until the server ends the stream.</summary>
    /// <param name="application">One application, or null for all of the server.</param>
    /// <param name="lastEventId">The last event that was seen, to go on behind it; or null.</param>
    /// <param name="cancellationToken">Ends the listening.</param>
    /// <exception cref="AdminException">The server can't be reached, or refuses.</exception>
    public async Task<EventReader> ListenAsync(string? application, string? lastEventId, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, application is null ? EventsPath : $"{EventsPath}?application={Uri.EscapeDataString(application)}");
        if (lastEventId is not null)
            request.Headers.Add("Last-Event-ID", lastEventId);
        var response = await SendAsync(request, cancellationToken);
        return new EventReader(response, await response.Content.ReadAsStreamAsync(cancellationToken));
    }

    /// <summary>Ends the server.</summary>
    /// <exception cref="AdminException">The server can't be reached.</exception>
    public Task<AdminReply> ShutdownAsync(CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, ShutdownPath, "{}", AdminJson.Default.AdminReply, cancellationToken);

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

    private static string PathOf(string application) => ApplicationsPath + Uri.EscapeDataString(application);

    private async Task<T> SendAsync<T>(HttpMethod method, string path, string? body, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(method, path);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        using var response = await SendAsync(request, cancellationToken);
        await using var answer = await response.Content.ReadAsStreamAsync(cancellationToken);
        return await JsonSerializer.DeserializeAsync(answer, type, cancellationToken) ?? throw new AdminException($"The server at {Address} answered with null.");
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage response;
        if (user is not null)
            request.Headers.Add(UserHeader, Uri.EscapeDataString(user));
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
