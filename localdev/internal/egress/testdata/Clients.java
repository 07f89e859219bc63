import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.Callable;

/** Asks for one path by every client of Java's own, and says what each got, a line each. */
class Clients {
  static final String PATH = "://abc.execute-api.us-east-1.amazonaws.com/prod/%40connections/a";

  public static void main(String[] args) {
    say("HttpClient", () -> byClient("https" + PATH));
    say("HttpsURLConnection", () -> byConnection("https" + PATH));
    say("HttpClient without TLS", () -> byClient("http" + PATH));
    say("HttpURLConnection", () -> byConnection("http" + PATH));
    say("this machine", () -> byConnection(args[0]));
  }

  static void say(String name, Callable<String> ask) {
    String got;
    try {
      got = ask.call();
    } catch (Exception e) {
      got = e.toString();
    }
    System.out.println(name + ": " + got);
  }

  static String byClient(String url) throws Exception {
    return HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString()).body();
  }

  static String byConnection(String url) throws Exception {
    try (var in = ((HttpURLConnection) new URL(url).openConnection()).getInputStream()) {
      return new String(in.readAllBytes());
    }
  }
}
