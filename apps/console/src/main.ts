import { createApp } from 'vue';
import App from './App.vue';
import { router } from './router.ts';
import { start } from './session.ts';
import { applyTheme } from './shell/theme.ts';
import './styles/base.css';

applyTheme();
createApp(App).use(router).mount('#app');
void start();
