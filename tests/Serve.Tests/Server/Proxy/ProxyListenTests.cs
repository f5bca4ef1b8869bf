using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Serve.Server.Proxy;
using Serve.Specs;

namespace Serve.Tests.Server.Proxy;

/// <summary>How the proxy listens: TLS, the root path and the time of gRPC calls, over real sockets.</summary>
public sealed class ProxyListenTests : ProxyHarness
{
    /// <summary>Replicas that answer with what they were sent.</summary>
    public override async Task InitializeAsync()
    {
        await ServeAsync(DescribeAsync, "shop", "/shop");
        await ServeAsync(DescribeAsync, "rest");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("open sesame")]
    public async Task Request_OverTls_IsServedByBothVersionsOfHttp(string? password)
    {
        var certificate = WriteCertificate(password);
        var proxy = await StartAsync(new HttpOptions { SslCertFile = Folder.File("cert.pem"), SslKeyFile = Folder.File("key.pem"), SslKeyFilePassword = password });
        proxy.HttpAddress.Scheme.ShouldBe("https");
        using var http = TrustingClient(proxy, certificate);
        foreach (var version in new[] { HttpVersion.Version11, HttpVersion.Version20 })
        {
            var response = await http.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/shop/x") { Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact });
            (await response.Content.ReadAsStringAsync()).ShouldBe("/x under /shop by https");
        }
    }

    [Fact]
    public async Task Request_WithoutTlsToATlsPort_Fails()
    {
        WriteCertificate(password: null);
        var proxy = await StartAsync(new HttpOptions { SslCertFile = Folder.File("cert.pem"), SslKeyFile = Folder.File("key.pem") });
        using var http = new HttpClient();
        await Should.ThrowAsync<HttpRequestException>(() => http.GetAsync($"http://{proxy.HttpAddress.Authority}/shop"));
    }

    [Fact]
    public async Task Start_CertificateThatIsNotThere_NamesTheFile()
    {
        var options = new HttpOptions { SslCertFile = Folder.File("no.pem"), SslKeyFile = Folder.File("key.pem") };
        (await Should.ThrowAsync<InvalidOperationException>(() => StartAsync(options))).Message.ShouldContain(Folder.File("no.pem"));
    }

    [Fact]
    public async Task Start_EncryptedKeyWithoutPassword_SaysWhatIsNeeded()
    {
        WriteCertificate("open sesame");
        var options = new HttpOptions { SslCertFile = Folder.File("cert.pem"), SslKeyFile = Folder.File("key.pem") };
        (await Should.ThrowAsync<InvalidOperationException>(() => StartAsync(options))).Message.ShouldContain("ssl_keyfile_password");
    }

    [Theory]
    [InlineData("/base/shop/x", "/x under /base/shop by http")]
    [InlineData("/base/shop", " under /base/shop by http")]
    [InlineData("/base/other", "/other under /base by http")]
    [InlineData("/base", " under /base by http")]
    [InlineData("/base/-/healthz", "success")]
    [InlineData("/-/healthz", "success")]
    public async Task Request_UnderTheRootPath_ReachesItsApplication(string path, string answer)
    {
        var proxy = await StartAsync(new HttpOptions { RootPath = "/base" });
        using var http = new HttpClient { BaseAddress = proxy.HttpAddress };
        (await http.GetStringAsync(path)).ShouldBe(answer);
    }

    [Theory]
    [InlineData("/shop/x")]
    [InlineData("/basement/shop")]
    [InlineData("/")]
    public async Task Request_BesideTheRootPath_HasNoRoute(string path)
    {
        var proxy = await StartAsync(new HttpOptions { RootPath = "/base" });
        using var http = new HttpClient { BaseAddress = proxy.HttpAddress };
        (await http.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task GrpcCall_ItsOwnTimeout_EndsIt()
    {
        var proxy = await StartAsync(new HttpOptions { RequestTimeout = null }, new GrpcOptions { RequestTimeout = TimeSpan.FromMilliseconds(50) });
        using var http = ClientOf(proxy.GrpcAddress, HttpVersion.Version20);
        using var call = GrpcCall("/pkg.Service/Hang");
        call.Headers.Add("application", "shop");
        using var response = await http.SendAsync(call);
        GrpcStatusOf(response).ShouldBe("4");
    }

    private static async Task DescribeAsync(HttpContext context)
    {
        if (context.Request.Path == "/pkg.Service/Hang")
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        await context.Response.WriteAsync($"{context.Request.Path} under {context.Request.PathBase} by {context.Request.Scheme}");
    }

    private X509Certificate2 WriteCertificate(string? password)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=serve-test", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        File.WriteAllText(Folder.File("cert.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Folder.File("key.pem"), password is null
            ? key.ExportPkcs8PrivateKeyPem()
            : key.ExportEncryptedPkcs8PrivateKeyPem(password, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, iterationCount: 1000)));
        return X509Certificate2.CreateFromPem(certificate.ExportCertificatePem());
    }

    private static HttpClient TrustingClient(ProxyServer proxy, X509Certificate2 trusted)
    {
        var handler = new SocketsHttpHandler();
        handler.SslOptions.EnabledSslProtocols = SslProtocols.None;
        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == trusted.GetCertHashString();
        return new HttpClient(handler) { BaseAddress = proxy.HttpAddress };
    }
}
