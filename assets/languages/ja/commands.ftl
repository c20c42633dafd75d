# コマンド：ボタンの名前と、その説明。

command-go-concept = コンセプト
    .tip = 画像を集めて、単語に名前を付けます

command-go-learn = 学習
    .tip = 単語が学習されていく様子を見ます

command-go-compose = 描画
    .tip = 学習した単語で新しい絵を描きます

command-go-library = ライブラリ
    .tip = 単語の名前を変えたり、書き出したり、共有したりします

command-go-models = モデル
    .tip = 学習と描画に使うモデルを選びます

command-go-compare = 比較
    .tip = 単語、手法、人の評価を並べて比べます

command-go-edit = 編集
    .tip = 学習した単語で、絵の一部を描き変えます

command-go-gallery = ギャラリー
    .tip = これまでに描いたすべての絵を、フォルダーごとに、大きく、または 2 枚並べて見ます

command-new-concept = 新しいコンセプト
    .tip = 空のコンセプトを始めます。今のコンセプトは残ります

command-add-pictures = 画像を追加…
    .tip = 学習したい物や画風の画像を選びます

command-add-folder = フォルダーを追加…
    .tip = フォルダーの中のすべての画像を学習に使います

command-learn = 学習開始
    .tip = これらの画像から単語の学習を始めます

command-go-on = 学習を続ける
    .tip = 停止または中断した最新の学習を続けます

command-pause-resume = 一時停止・再開
    .tip = 実行中のジョブを今のステップの後で止めるか、再開します。止めている間は、その単語で絵を描けます

command-stop = 停止して保存
    .tip = 実行中のジョブを今のステップの後で終えます。できたものは残ります

command-preview-now = 今すぐプレビュー
    .tip = 今の時点の単語で絵を描きます

command-try-word = 試す
    .tip = 今の状態の単語で「描画」を開きます。絵を描く間、学習は待ちます。何も失われません

command-skip = この絵を飛ばす
    .tip = 描いている途中の絵と、一緒に描いている絵をやめて、次の絵に進みます

command-draw = 描く
    .tip = プロンプトのとおりに絵を描きます

command-grid-of-weights = 強さのグリッド
    .tip = プロンプトの単語を弱くから強くまで変えて、それぞれ 3 つのシードで描きます

command-grid-of-steps = 学習ステップのグリッド
    .tip = 「学習」で表示している単語を、5 つのステップの時点で、それぞれ 3 つのシードで描きます

command-paste-settings = 設定を貼り付け
    .tip = 画像サイトや A1111 がコピーするテキストから、プロンプトと設定を取り込みます

command-roll-seed = 新しいシード
    .tip = 別のノイズから始めます。同じプロンプトで違う絵になります

command-import-word = 単語を取り込む…
    .tip = ほかのソフトの単語ファイルをライブラリに取り込みます

command-export-word = 単語を書き出す…
    .tip = 「ライブラリ」で選んだ単語を、ほかのソフト用のファイルに書き出します

command-open-model-file = モデルファイルを開く…
    .tip = 一つのファイル（.safetensors か .ckpt）のモデルを選びます。ファイルは元の場所に残ります

command-open-model = モデルフォルダーを開く…
    .tip = diffusers 形式のモデルフォルダーを選びます。フォルダーは元の場所に残ります

command-find-models = モデルを探す
    .tip = このパソコンにある、ほかのソフトのモデルと単語を探します。何もコピーしません

command-stop-finding = 探すのをやめる
    .tip = 検索を終えます。見つかったものは一覧に残ります

command-watch-folder = フォルダーを調べる…
    .tip = モデルや単語の入ったフォルダーを選びます。これからはそこも調べます

command-palette = コマンドパレット
    .tip = 文字を入力してコマンドを探します

command-toggle-theme = ライト・ダークの切り替え
    .tip = ウィンドウを明るい表示と暗い表示で切り替えます

command-show-guide = スタートガイド
    .tip = 3 段階のガイドをもう一度表示します

command-about = Pseudoword について
    .tip = バージョン、ライセンス、保存先のフォルダーを表示します

command-restart-engine = エンジンを再起動
    .tip = 使えなくなったグラフィックスカードに、もう一度接続します

command-quit = 終了
    .tip = ウィンドウを閉じます。学習中の単語は先に保存し、何かが失われる前には確認します

command-speak-system = システムの言語
    .tip = お使いのシステムの言語でウィンドウを表示します（対応している場合）

command-speak-english = English
    .tip = ウィンドウを英語で表示します

command-speak-japanese = 日本語
    .tip = ウィンドウを日本語で表示します
